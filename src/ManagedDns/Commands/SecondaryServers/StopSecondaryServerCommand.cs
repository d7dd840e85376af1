using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Stops the server of a store and returns when its process has ended.</summary>
/// <example>
/// <code>Stop-SecondaryServer</code>
/// Stops the server cleanly: what is not kept yet is written first.
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "SecondaryServer", SupportsShouldProcess = true)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class StopSecondaryServerCommand : ServerCmdlet
{
    private protected override bool MakesStore => false;

    protected override void ProcessItem()
    {
        if (ShouldProcess($"Secondary server of '{StoreFolderPath}'", "Stop"))
        {
            if (RunningServer.Find(Store) is { } running)
            {
                StopRunning(running);
            }
            else
            {
                WriteWarning($"No server runs on '{StoreFolderPath}'.");
            }

            if (PassThru)
            {
                WriteObject(ServerView.Show(Store));
            }
        }
    }
}
