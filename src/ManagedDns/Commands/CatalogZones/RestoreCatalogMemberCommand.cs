using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>
/// Takes zones back from their catalog: they stay, managed by hand from now on, whatever the catalog says of them. One that is leaving is kept so.
/// </summary>
/// <example>
/// <code>Get-CatalogMember -State Leaving | Restore-CatalogMember</code>
/// Keeps all zones that vanished from their catalogs.
/// </example>
[Cmdlet(VerbsData.Restore, "CatalogMember", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RestoreCatalogMemberCommand : ManagedZonesCmdlet
{
    private protected override void Process(ManagedZone zone)
    {
        if (ShouldProcess($"Managed zone '{zone.Name.ToDisplayString()}'", "Take back from its catalog"))
        {
            Enqueue(zone.Name.ToDisplayString(), () => Store.CatalogMembers.Release(zone));
        }
    }
}
