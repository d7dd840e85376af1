using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Stops the server of a store, where it runs, and starts it. It answers from what it has kept before it asks any primary.</summary>
/// <example>
/// <code>Restart-SecondaryServer</code>
/// Stops the server cleanly and starts it again; it serves from the store at once.
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "SecondaryServer", SupportsShouldProcess = true)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class RestartSecondaryServerCommand : ServerCmdlet
{
    protected override void ProcessItem()
    {
        if (!ShouldProcess($"Secondary server of '{StoreFolderPath}'", "Restart"))
        {
            return;
        }

        if (RunningServer.Find(Store) is { } running)
        {
            StopRunning(running);
        }

        StartServer();
        if (PassThru)
        {
            WriteObject(ServerView.Show(Store));
        }
    }
}
