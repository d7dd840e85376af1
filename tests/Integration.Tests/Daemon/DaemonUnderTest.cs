using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>The real program on a store of its own that listens on loopback, port 0. What it started is ended with it.</summary>
internal sealed class DaemonUnderTest : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-").FullName;
    private readonly List<int> _started = [];

    public DaemonUnderTest()
    {
        Store = ManagedDnsStore.Open(StorePath);
        Store.Server.Update(server => server with { ListenAddresses = [IPAddress.Loopback], Port = 0 });
    }

    public static string Program { get; } = FindProgram();

    public string StorePath => Path.Combine(_folder, "store");

    public ManagedDnsStore Store { get; }

    public string Log => File.Exists(StoreFolder.LogFile(StorePath)) ? File.ReadAllText(StoreFolder.LogFile(StorePath)) : "";

    /// <summary>Runs the program to its end.</summary>
    public static async Task<Ended> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(Eventually.Bound);
        var output = process.StandardOutput.ReadToEndAsync(bounded.Token);
        var errors = process.StandardError.ReadToEndAsync(bounded.Token);
        await process.WaitForExitAsync(bounded.Token);
        return new(process.ExitCode, await output, await errors);
    }

    /// <summary>Starts it with --detach, which ends when the server serves or has failed.</summary>
    public async Task<Detached> DetachAsync(CancellationToken cancellation)
    {
        var ended = await RunAsync(Program, ["--store", StorePath, "--detach"], cancellation);
        var line = JsonSerializer.Deserialize<JsonElement>(Assert.Single(ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        var report = new Detached(ended.ExitCode, line);
        if (report.ProcessId is { } pid)
        {
            _started.Add(pid);
        }

        return report;
    }

    /// <summary>Starts it and asserts that it serves.</summary>
    public async Task<Detached> ServeAsync(CancellationToken cancellation)
    {
        var report = await DetachAsync(cancellation);
        Assert.Equal(("Running", 0), (report.State, report.ExitCode));
        return report;
    }

    /// <param name="within">What it is started with, to run on another host.</param>
    public Process Foreground(params string[] within)
    {
        string[] command = [.. within, Program, "--store", StorePath, "--foreground"];
        var process = Start(command[0], command[1..]);
        _started.Add(process.Id);
        return process;
    }

    public static Task SignalAsync(int pid, string signal, CancellationToken cancellation) =>
        RunAsync("/bin/kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)], cancellation);

    public Task EndedAsync(int pid, CancellationToken cancellation) =>
        Eventually.TrueAsync(() => !IsAlive(pid), () => $"process {pid} still runs\n{Log}", cancellation);

    /// <summary>Waits until the server has applied what is in the store now.</summary>
    public Task AppliedAsync(CancellationToken cancellation) => Eventually.TrueAsync(
        () => Store.Status.Server() is { State: ServerState.Running } server && server.AppliedGeneration == Store.Generation, () => Log, cancellation);

    public static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pid in _started.Where(IsAlive))
        {
            await SignalAsync(pid, "KILL", CancellationToken.None);
            await EndedAsync(pid, CancellationToken.None);
        }

        Store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Process Start(string program, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string FindProgram()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ManagedDns.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests do not lie in a checkout.");
        }

        return Path.Combine(folder, "out", "daemon", OperatingSystem.IsWindows() ? "managed-dnsd.exe" : "managed-dnsd");
    }

    public sealed record Ended(int ExitCode, string Output, string Errors);

    /// <summary>What --detach printed.</summary>
    public sealed record Detached(int ExitCode, JsonElement Line)
    {
        public string? State => Text("state");

        public string? Reason => Text("reason");

        public string? Message => Text("message");

        public string? Remedy => Text("remedy");

        public int? ProcessId => Line.TryGetProperty("pid", out var pid) ? pid.GetInt32() : null;

        public IPEndPoint EndPoint => IPEndPoint.Parse(Line.GetProperty("endPoints")[0].GetString()!);

        private string? Text(string name) => Line.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
