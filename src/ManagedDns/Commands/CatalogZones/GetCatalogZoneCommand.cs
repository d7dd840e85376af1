using System.Management.Automation;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows the catalog zones that are followed and made here, and what came of their newest versions.</summary>
/// <example>
/// <code>Get-CatalogZone</code>
/// Shows all catalog zones, how many zones each lists, and why one is not applied.
/// </example>
[Cmdlet(VerbsCommon.Get, "CatalogZone")]
[OutputType(typeof(CatalogZoneInfo))]
public sealed class GetCatalogZoneCommand : NamedZonesCmdlet
{
    protected override void ProcessItem() => WriteMatching(
        Name,
        View.Settings.Zones.Where(zone => View.Settings.Catalogs.ContainsKey(zone.Id)),
        zone => zone.Name.ToDisplayString(),
        name =>
        {
            var zone = Store.Zones.Get(Names.Parse(name));
            Store.Catalogs.Get(zone);
            return zone;
        },
        View.ShowCatalog);
}
