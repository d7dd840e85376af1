using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Has a zone be a catalog zone (RFC 9432). A managed zone that comes from a primary is followed: the zones it lists are made and removed here. With
/// -Producer a
/// catalog of our own zones is made, for name servers that follow us.
/// </summary>
/// <example>
/// <code>New-ManagedZone catalog.example.net | New-CatalogZone -MemberSetting customers; Enable-ZoneProxy catalog.example.net</code>
/// Follows the catalog of the primary: its members come with the common setting customers.
/// </example>
/// <example>
/// <code>New-CatalogZone ours.example.net -Producer</code>
/// Makes a catalog of all managed zones, transferred and announced as its common setting says.
/// </example>
[Cmdlet(VerbsCommon.New, "CatalogZone", SupportsShouldProcess = true, DefaultParameterSetName = ConsumerSet)]
[OutputType(typeof(CatalogZoneInfo))]
public sealed class NewCatalogZoneCommand : CatalogZoneCmdlet
{
    private const string ConsumerSet = "Consumer";
    private const string ProducerSet = "Producer";

    /// <summary>Make the catalog here, of our managed zones.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProducerSet)]
    public SwitchParameter Producer { get; set; }

    /// <summary>Of the catalog that is made: who may transfer it, and whom to notify. Without it: the default one.</summary>
    [Parameter(ParameterSetName = ProducerSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    protected override void ProcessItem()
    {
        var (name, change) = (Names.Parse(Name), Change());
        var setting = CommonSettingNamed(CommonSetting).Id;
        var role = Producer ? CatalogRole.Producer : CatalogRole.Consumer;
        if (!Producer)
        {
            Store.Zones.Get(name);
        }

        if (ShouldProcess($"Catalog zone '{name.ToDisplayString()}'", "New"))
        {
            Enqueue(
                Name,
                () => Store.Together(() =>
                {
                    var zone = role == CatalogRole.Producer ? Store.Zones.Find(name) ?? Store.Zones.Add(name, setting) : Store.Zones.Get(name);
                    Store.Catalogs.Add(change(new(zone.Id, role)));
                }),
                view => view.ShowCatalog(Store.Zones.Get(name)));
        }
    }
}
