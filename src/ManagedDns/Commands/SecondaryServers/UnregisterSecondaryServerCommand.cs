using System.Management.Automation;
using ManagedDns.Services;

namespace ManagedDns.Commands;

/// <summary>
/// Stops the server that the machine runs as a service, and takes the service away: systemd's unit, or the Windows service. The store stays as it is,
/// and so does the user.
/// </summary>
/// <example>
/// <code>Unregister-SecondaryServer -WhatIf</code>
/// Shows what would be done; without -WhatIf, as root or administrator, it is.
/// </example>
[Cmdlet(VerbsLifecycle.Unregister, "SecondaryServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class UnregisterSecondaryServerCommand : ServiceCmdlet
{
    protected override void ProcessItem()
    {
        var manager = Manager(ServiceManager.Here);
        if (!ShouldProcess(manager.Place(ServiceName), "Stop and unregister"))
        {
            return;
        }

        manager.Require();
        if (!manager.Has(ServiceName))
        {
            throw Names.Unknown(
                ServiceName, $"There is no service '{ServiceName}' ({manager.Place(ServiceName)}).",
                "Register-SecondaryServer makes one; give its name with -ServiceName.");
        }

        manager.Unregister(ServiceName);
    }
}
