using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Removes zones with all that was kept of them. The server stops answering for them at once.</summary>
/// <example>
/// <code>Remove-ManagedZone example.com -Confirm:$false</code>
/// Removes the zone and all that was kept of it, without asking.
/// </example>
[Cmdlet(VerbsCommon.Remove, "ManagedZone", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveManagedZoneCommand : ManagedZonesCmdlet
{
    private protected override void Process(ManagedZone zone)
    {
        if (ShouldProcess($"Managed zone '{zone.Name.ToDisplayString()}'", "Remove"))
        {
            Enqueue(zone.Name.ToDisplayString(), () => Store.Zones.Remove(zone.Name));
        }
    }
}
