using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Shows the zones that the catalogs of primaries list and what became of each: Active, Leaving (listed no more, served until its grace period has
/// passed) or Clash
/// (a zone of that name is managed by hand or for another catalog).
/// </summary>
/// <example>
/// <code>Get-CatalogMember -State Leaving</code>
/// Shows the zones that are going to be removed, and when.
/// </example>
[Cmdlet(VerbsCommon.Get, "CatalogMember")]
[OutputType(typeof(CatalogMemberInfo))]
public sealed class GetCatalogMemberCommand : ManagedDnsCmdlet
{
    /// <summary>The names of the zones; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("ZoneName", "Zone")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only those of this catalog.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CatalogZoneCompleter))]
    public string? CatalogZone { get; set; }

    /// <summary>Only those in this state.</summary>
    [Parameter]
    public CatalogMemberState State { get; set; }

    protected override void ProcessItem()
    {
        long? catalog = CatalogZone is null ? null : Store.Catalogs.Get(Store.Zones.Get(Names.Parse(CatalogZone))).ZoneId;
        CatalogMember[] members = [.. Store.CatalogMembers.All(catalog).Where(member => !IsBound(nameof(State)) || member.State == State)];
        WriteMatching(
            Name,
            members,
            member => member.Entry.Zone.ToDisplayString(),
            name => members.FirstOrDefault(member => member.Entry.Zone == Names.Parse(name)) ?? throw Names.Unknown(
                name, $"No catalog that is followed here lists '{name}'.", "Get-CatalogMember lists those that are."),
            View.Show);
    }
}
