using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Changes how a catalog zone is followed or made. Members that are here already move to the common settings that follow from it.</summary>
/// <example>
/// <code>New-CatalogZone ours.example.net -Producer | Set-CatalogZone -Group @{ important = 'customers' }</code>
/// Has the catalog list the zones of the common setting customers only, in the group important.
/// </example>
[Cmdlet(VerbsCommon.Set, "CatalogZone", SupportsShouldProcess = true)]
[OutputType(typeof(CatalogZoneInfo))]
public sealed class SetCatalogZoneCommand : CatalogZoneCmdlet
{
    /// <summary>Writes the changed catalog zone to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var (zone, change) = (Store.Zones.Get(Names.Parse(Name)), Change());
        Store.Catalogs.Get(zone);
        if (ShouldProcess($"Catalog zone '{zone.Name.ToDisplayString()}' and, as its members, {Tell(AffectedZones.OfCatalog(View, Store, zone.Id))}", "Set"))
        {
            Enqueue(Name, () => Store.Catalogs.Update(zone, change), PassThru ? view => view.ShowCatalog(zone) : null);
        }
    }
}
