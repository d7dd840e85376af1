using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Starts the server of a store as a process of its own, which outlives this session, and returns once it serves. Where Register-SecondaryServer has
/// made a service of it, the service is started. With -Foreground it runs in this terminal until it is stopped, as containers want it.
/// </summary>
/// <example>
/// <code>Start-SecondaryServer -PassThru</code>
/// Starts the server as a process that outlives this session, and shows it.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "SecondaryServer", SupportsShouldProcess = true)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class StartSecondaryServerCommand : ServerCmdlet
{
    /// <summary>Runs in this terminal, logs to it, and returns when the server has ended.</summary>
    [Parameter]
    public SwitchParameter Foreground { get; set; }

    protected override void ProcessItem()
    {
        if (!ShouldProcess($"Secondary server of '{StoreFolderPath}'", "Start"))
        {
            return;
        }

        if (Foreground)
        {
            RunHere();
        }
        else
        {
            StartServer();
        }

        if (PassThru)
        {
            WriteObject(ServerView.Show(Store));
        }
    }

    private void RunHere()
    {
        using var process = Process.Start(Daemon.StartInfo(Program(), Store.Folder, "--foreground", captured: false))!;
        try
        {
            Await(async cancellation =>
            {
                await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
                return process.ExitCode;
            });
        }
        catch (OperationCanceledException)
        {
            // Control-C reaches it through the terminal; a session that is ended otherwise passes it on.
            Daemon.Terminate(process);
            process.WaitForExit(TimeSpan.FromSeconds(Timeout));
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new ServerException(
                "StartFailed", ErrorCategory.ResourceUnavailable, $"The server ended with exit code {process.ExitCode}.", "Its last lines above say why.");
        }
    }
}
