using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Makes what the cmdlets of catalog zones write to the pipeline, of one snapshot.</summary>
internal sealed class CatalogView(ManagedDnsStore store, ServiceSettings settings)
{
    private readonly Lazy<ILookup<long, CatalogMember>> _members = new(() => store.CatalogMembers.All().ToLookup(member => member.CatalogId));
    private readonly Lazy<IReadOnlyDictionary<long, CatalogStatus>> _status = new(() => store.Catalogs.Status());
    private readonly Dictionary<long, ManagedZone> _zones = settings.Zones.ToDictionary(zone => zone.Id);

    public CatalogZoneInfo Show(ManagedZone zone, uint? publishedSerial)
    {
        var catalog = settings.Catalogs[zone.Id];
        var status = _status.Value.GetValueOrDefault(zone.Id);
        var isMade = catalog.Role == CatalogRole.Producer;
        int Count(CatalogMemberState state) => _members.Value[zone.Id].Count(member => member.State == state);
        return new()
        {
            Name = zone.Name.ToDisplayString(),
            Role = catalog.Role,
            MemberSetting = catalog.MemberSettingId is { } id ? settings.CommonSettings[id].Name : "",
            GracePeriod = catalog.GracePeriod,
            Group = new(catalog.Groups.ToDictionary(group => group.Name, group => settings.CommonSettings[group.CommonSettingId].Name)),
            Serial = isMade ? publishedSerial : status?.Serial,
            AppliedSerial = isMade ? publishedSerial : status?.AppliedSerial,
            Members = isMade ? settings.Zones.Count(other => Lists(catalog, other)) : Count(CatalogMemberState.Active),
            Leaving = Count(CatalogMemberState.Leaving),
            Clashes = Count(CatalogMemberState.Clash),
            LastCheck = status?.Time.UtcDateTime,
            Reason = status?.Failure?.Reason ?? FailureReason.None,
            Message = status?.Failure?.Message,
            Remedy = status?.Failure?.Remedy,
        };
    }

    public CatalogMemberInfo Show(CatalogMember member) => new()
    {
        Name = member.Entry.Zone.ToDisplayString(),
        CatalogZone = _zones[member.CatalogId].Name.ToDisplayString(),
        State = member.State,
        MemberId = member.Entry.Id,
        Group = [.. member.Entry.Groups],
        NewCatalog = member.Entry.NewCatalog?.ToDisplayString(),
        CommonSetting = member.ZoneId is { } id ? settings.CommonSettings[_zones[id].CommonSettingId].Name : null,
        Since = member.Since.UtcDateTime,
        RemovedAt = member.State == CatalogMemberState.Leaving ? (member.Since + settings.Catalogs[member.CatalogId].GracePeriod).UtcDateTime : null,
    };

    private bool Lists(CatalogZone catalog, ManagedZone zone) =>
        !settings.Catalogs.ContainsKey(zone.Id)
        && (catalog.Groups.IsEmpty || catalog.Groups.Any(group => group.CommonSettingId == zone.CommonSettingId));
}
