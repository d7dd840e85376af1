using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that start and stop the server's process.</summary>
public abstract class ServerCmdlet : MachineCmdlet
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_afterSignal = TimeSpan.FromSeconds(10);

    /// <summary>Seconds to wait for it.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    [Number]
    public int Timeout { get; set; } = 30;

    /// <summary>Writes how the server stands then to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MakesStore => !IsWhatIf;

    /// <summary>
    /// Starts the server and waits until it serves: as the service that is registered for this store, else as a process of its own, which outlives
    /// this session.
    /// </summary>
    private protected void StartServer()
    {
        if (RunningServer.Find(Store) is { } running)
        {
            WriteWarning($"The server of '{Store.Folder}' runs already, as process {running.ProcessId}.");
            return;
        }

        if (TryStartService())
        {
            return;
        }

        using var process = Process.Start(Daemon.StartInfo(Program(), Store.Folder, "--detach", captured: true))!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var line = FirstLine(process, errors);
        if (DaemonReport.Parse(line) is not { } report)
        {
            throw Failed(
                process,
                "StartFailed",
                $"The server did not start: {line}",
                "Look into managed-dnsd.log in the store's folder, or run it with -Foreground.");
        }

        if (!report.Serves)
        {
            throw Failed(
                process,
                report.Reason ?? "StartFailed",
                report.Message ?? "The server did not start.",
                report.Remedy ?? "Look into managed-dnsd.log in the store's folder.",
                Errors.CategoryOf(report.Reason ?? ""));
        }

        WriteVerbose($"The server runs as process {report.ProcessId} and listens on {string.Join(", ", report.EndPoints ?? [])}.");
    }

    /// <summary>Stops the server and waits until its process has ended.</summary>
    private protected void StopRunning(ServerStatus running)
    {
        var request = Store.Requests.Add(RequestKind.StopServer);
        try
        {
            if (WaitForEnd(TimeSpan.FromSeconds(Timeout)))
            {
                return;
            }
        }
        finally
        {
            // A server that is started later must not find it.
            Store.Requests.Withdraw(request.Id);
        }

        using var process = RunningServer.Process(running);
        if (process is not null)
        {
            WriteWarning($"The server (process {process.Id}) did not stop within {Timeout} seconds; it is asked by signal.");
            Daemon.Terminate(process);
        }

        if (!WaitForEnd(s_afterSignal))
        {
            throw Failed(
                null,
                "StopTimeout",
                $"The server (process {running.ProcessId}) does not stop.",
                $"Look into managed-dnsd.log in '{Store.Folder}', then end the process by hand.");
        }
    }

    private protected static string Program() => Daemon.Find() ?? throw Failed(
        null, "DaemonMissing", $"The server's program is not at {string.Join(" nor at ", Daemon.Places())}.",
        $"Build it (dotnet build src/ManagedDns.Daemon), or give its path in {Daemon.EnvironmentVariable}.", ErrorCategory.ObjectNotFound);

    private string FirstLine(Process process, Task<string> errors)
    {
        try
        {
            return Await(async cancellation =>
            {
                using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                bounded.CancelAfter(TimeSpan.FromSeconds(Timeout));
                return await process.StandardOutput.ReadLineAsync(bounded.Token).ConfigureAwait(false)
                    ?? (await errors.WaitAsync(bounded.Token).ConfigureAwait(false)).Trim();
            });
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            throw Failed(
                process,
                "StartTimeout",
                $"The server did not say within {Timeout} seconds that it serves.",
                "Look into managed-dnsd.log in the store's folder; -Timeout waits longer.",
                ErrorCategory.OperationTimeout);
        }
        catch (OperationCanceledException)
        {
            End(process);
            throw;
        }
    }

    private bool WaitForEnd(TimeSpan patience)
    {
        // The lock and not the process id: where nobody reaps it, an ended process keeps its id.
        var started = Stopwatch.GetTimestamp();
        while (ServerLock.Holder(Store.Folder) is not null)
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                return false;
            }

            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
        }

        return true;
    }

    private static ServerException Failed(
        Process? left, string id, string message, string remedy, ErrorCategory category = ErrorCategory.ResourceUnavailable)
    {
        if (left is not null)
        {
            End(left);
        }

        return new ServerException(id, category, message, remedy);
    }

    // Nothing is left behind of a start that failed.
    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
