using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Follows a catalog zone no more: its members stay, as zones that are managed by hand, and it stays a managed zone. A catalog that is made here is removed.
/// </summary>
/// <example>
/// <code>New-CatalogZone ours.example.net -Producer | Remove-CatalogZone -Confirm:$false</code>
/// Removes a catalog that is made here.
/// </example>
[Cmdlet(VerbsCommon.Remove, "CatalogZone", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCatalogZoneCommand : ManagedZonesCmdlet
{
    private protected override void Process(ManagedZone zone)
    {
        Store.Catalogs.Get(zone);
        var members = Tell(AffectedZones.OfCatalog(View, Store, zone.Id));
        if (ShouldProcess($"Catalog zone '{zone.Name.ToDisplayString()}', leaving to be managed by hand {members}", "Remove"))
        {
            Enqueue(zone.Name.ToDisplayString(), () => Store.Catalogs.Remove(zone));
        }
    }
}
