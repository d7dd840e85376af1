using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ManagedDns.Integration.Tests.Peers;

/// <summary>A program of another that runs in the foreground until it is disposed; what it prints is kept for the failure's message.</summary>
internal sealed partial class PeerProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigTerm = 15;

    /// <summary>A session of PowerShell waits for much that each has a bound of its own.</summary>
    private static readonly TimeSpan s_bound = 2 * Eventually.Bound;

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private PeerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static PeerProcess Start(string program, string folder, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new PeerProcess(start);
    }

    /// <summary>Runs a tool to its end and gives what it printed.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error.</exception>
    public static async Task<string> RunAsync(string program, string folder, CancellationToken cancellation, params string[] arguments)
    {
        await using var tool = Start(program, folder, arguments);
        await tool._process.WaitForExitAsync(cancellation).WaitAsync(s_bound, cancellation);
        return tool._process.ExitCode == 0
            ? tool.Log
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {tool._process.ExitCode}: {tool.Log}");
    }

    /// <summary>Tells a server to read its files again, as an operator would with <c>kill -HUP</c>.</summary>
    public void Reload() => Signal(SigHup);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(SigTerm);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }

    private void Signal(int signal) => _ = Kill(_process.Id, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
