using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Services;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that speak with what runs services on this machine.</summary>
public abstract class MachineCmdlet : ManagedDnsCmdlet
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private protected ServiceManager Manager(ServiceManagerKind kind) => ServiceManager.Of(kind, Run);

    /// <summary>Starts the service that runs the server of this store, where one is registered, and waits until it serves.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ServerException">It does not start, or this user may not start it.</exception>
    private protected bool TryStartService()
    {
        var manager = Manager(ServiceManager.Here);
        if (manager.ServiceOf(StoreFolderPath) is not { } name)
        {
            return false;
        }

        manager.Require();
        StartService(manager, name, () => manager.Start(name));
        WriteVerbose($"The server is run by {manager.Place(name)}.");
        return true;
    }

    /// <summary>Starts a service and waits until it serves: systemd returns once it does, Windows before that.</summary>
    /// <exception cref="ServerException">It does not serve; why, where the server could still say it.</exception>
    private protected void StartService(ServiceManager manager, string name, Action start)
    {
        var before = Store.Status.Server();
        try
        {
            start();
        }
        catch (ServerException) when (FailureSince(before) is { } failure)
        {
            throw Failed(failure);
        }

        var started = Stopwatch.GetTimestamp();
        while (RunningServer.Find(Store) is not { State: ServerState.Running })
        {
            if (FailureSince(before) is { } failure)
            {
                throw Failed(failure);
            }

            if (Stopwatch.GetElapsedTime(started) > s_patience)
            {
                throw new ServerException(
                    "StartFailed", ErrorCategory.OperationTimeout,
                    $"{manager.Place(name)} is registered, but no server serves after {s_patience.TotalSeconds} seconds.",
                    "Get-SecondaryServer and managed-dnsd.log in the store's folder say why.");
            }

            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Why a server did not start that came after another one; null where none has said so.</summary>
    private Failure? FailureSince(ServerStatus? before) =>
        Store.Status.Server() is { State: ServerState.Failed } now && (now.ProcessId, now.Started) != (before?.ProcessId, before?.Started)
            ? now.Failure
            : null;

    private static ServerException Failed(Failure failure) =>
        new($"{failure.Reason}", Errors.CategoryOf($"{failure.Reason}"), failure.Message, failure.Remedy);

    /// <exception cref="ServerException">The program failed.</exception>
    private void Run(string program, string[] arguments)
    {
        WriteVerbose($"{program} {string.Join(' ', arguments)}");
        try
        {
            var info = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using var process = Process.Start(info)!;
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new ServerException(
                    "ServiceFailed", ErrorCategory.ResourceUnavailable,
                    $"{program} {string.Join(' ', arguments)}: {errors.Trim()} {output.Result.Trim()}".Trim(),
                    OperatingSystem.IsWindows()
                        ? "Get-SecondaryServer and the event log of the system may tell more."
                        : "Get-SecondaryServer and the journal (journalctl -e) may tell more.");
            }
        }
        catch (Win32Exception e)
        {
            throw new ServerException(
                "ServiceFailed", ErrorCategory.ObjectNotFound, $"{program} cannot be run: {e.Message}",
                "Install it, or write what registers the service with -OutFile.");
        }
    }
}
