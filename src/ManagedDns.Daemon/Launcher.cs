using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ManagedDns.Daemon;

/// <summary>
/// --detach: starts the server as a process of its own, passes its one line on, and ends. The server is then nobody's child: whoever waits for this
/// process, or closes its terminal, does not hold or end the server.
/// </summary>
internal static class Launcher
{
    public static async Task<int> RunAsync(DaemonOptions options)
    {
        using var process = Process.Start(StartInfo(options))!;
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => process.Kill());
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => process.Kill());
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        var report = line is null ? null : StartReport.Parse(line);
        if (report is not { Serves: true })
        {
            // Nothing is left behind when the caller reads the line.
            await process.WaitForExitAsync().ConfigureAwait(false);
            report ??= StartReport.Failed(
                "Crashed",
                $"The server ended with exit code {process.ExitCode}: {(await errors.ConfigureAwait(false)).Trim()}",
                $"Run it in the foreground to see more: managed-dnsd --store {options.Store}");
        }

        await Console.Out.WriteLineAsync(report.ToString()).ConfigureAwait(false);
        return report.Serves ? ExitCode.Success : ExitCode.Failed;
    }

    private static ProcessStartInfo StartInfo(DaemonOptions options)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };

        // Started as "dotnet managed-dnsd.dll", the process is dotnet.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "managed-dnsd.dll"));
        }

        start.ArgumentList.Add("--store");
        start.ArgumentList.Add(options.Store);
        start.ArgumentList.Add(DaemonOptions.DetachedOption);
        return start;
    }
}
