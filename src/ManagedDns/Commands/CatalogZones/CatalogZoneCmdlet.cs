using System.Collections;
using System.Collections.Immutable;
using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>What a catalog zone can be given; what is not given stays as it is.</summary>
public abstract class CatalogZoneCmdlet : ChangeCmdlet
{
    /// <summary>The name of the catalog zone.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    /// <summary>
    /// Groups and their common settings: @{ group = 'setting' }. A catalog that is followed applies the setting to the members of the group; one that
    /// is made here
    /// lists the zones of these settings only, in these groups. Without any, it lists all zones, each in a group with the name of its common setting.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Groups(AllowsNull = true)]
    public Hashtable? Group { get; set; }

    /// <summary>The common setting of members that no group says otherwise for. An empty name: that of the catalog zone itself.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? MemberSetting { get; set; }

    /// <summary>How long a zone that vanished from the catalog is served on before it is removed; a day unless it is set. Zero: not at all.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan GracePeriod { get; set; }

    /// <summary>The change that the parameters given make; it keeps their values, for it runs when the next item may be bound already.</summary>
    private protected Func<CatalogZone, CatalogZone> Change()
    {
        ImmutableArray<CatalogGroup>? groups = IsBound(nameof(Group)) ? Groups() : null;
        TimeSpan? grace = IsBound(nameof(GracePeriod)) ? GracePeriod : null;
        var (hasSetting, setting) = (IsBound(nameof(MemberSetting)), string.IsNullOrEmpty(MemberSetting) ? null : (long?)Store.CommonSettings.Get(MemberSetting).Id);
        return old => old with
        {
            Groups = groups ?? old.Groups,
            GracePeriod = grace ?? old.GracePeriod,
            MemberSettingId = hasSetting ? setting : old.MemberSettingId,
        };
    }

    private ImmutableArray<CatalogGroup> Groups() => Group is null
        ? []
        : [.. Group.Cast<DictionaryEntry>()
            .Select(pair => new CatalogGroup($"{pair.Key}", Store.CommonSettings.Get($"{pair.Value}").Id))
            .OrderBy(group => group.Name, StringComparer.Ordinal)];
}
