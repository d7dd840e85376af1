using ManagedDns.Model;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Tables;

/// <summary>The managed zones that are catalogs (RFC 9432), and what came of those that we follow.</summary>
public sealed class CatalogTable
{
    private readonly StoreSession _session;

    internal CatalogTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<CatalogZone> All()
    {
        var groups = Database.Query(
            $"SELECT catalog_id, name, common_setting_id FROM catalog_group ORDER BY catalog_id, name",
            row => (Catalog: row.GetInt64(0), Group: new CatalogGroup(row.GetString(1), row.GetInt64(2)))).ToLookup(row => row.Catalog, row => row.Group);
        return Database.Query(
            $"SELECT zone_id, role, member_setting_id, grace_period FROM catalog_zone ORDER BY zone_id",
            row => new CatalogZone(row.GetInt64(0), row.Choice<CatalogRole>(1))
            {
                MemberSettingId = row.Number(2),
                GracePeriod = row.Span(3),
                Groups = [.. groups[row.GetInt64(0)]],
            });
    }

    public CatalogZone? Find(long zoneId) => All().FirstOrDefault(catalog => catalog.ZoneId == zoneId);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>: the zone is no catalog.</exception>
    public CatalogZone Get(ManagedZone zone) => Find(zone.Id) ?? throw StoreNoun.CatalogZone.Unknown(zone.Name.ToDisplayString());

    /// <summary>Has a managed zone be a catalog.</summary>
    /// <exception cref="StoreException">DuplicateName: it is one. Invalid: a zone that comes from elsewhere cannot be made here. Unknown: a common setting.</exception>
    public CatalogZone Add(CatalogZone catalog) => _session.Change(() =>
    {
        var zone = new ManagedZoneTable(_session).Find(catalog.ZoneId) ?? throw StoreNoun.ManagedZone.Unknown($"#{catalog.ZoneId}");
        var name = zone.Name.ToDisplayString();
        if (Find(catalog.ZoneId) is not null)
        {
            throw StoreNoun.CatalogZone.Duplicate(name);
        }

        if (catalog.Role == CatalogRole.Producer && (zone.ProxyEnabled || zone.ZoneFile is not null))
        {
            throw StoreNoun.Invalid(
                name, $"'{name}' comes from elsewhere: a catalog that is made here cannot.", "Give the catalog a name of its own: New-CatalogZone -Name <name> -Producer.");
        }

        RequireUsable(catalog, name);
        Database.Execute(
            $"""
            INSERT INTO catalog_zone (zone_id, role, member_setting_id, grace_period)
            VALUES ({catalog.ZoneId}, {catalog.Role}, {catalog.MemberSettingId}, {catalog.GracePeriod})
            """);
        WriteGroups(catalog);
        return catalog;
    });

    /// <summary>Changes anything but the role. Members that are listed already move to the common settings that follow from it.</summary>
    /// <exception cref="StoreException">Unknown, Invalid.</exception>
    public CatalogZone Update(ManagedZone zone, Func<CatalogZone, CatalogZone> change) => _session.Change(() =>
    {
        var old = Get(zone);
        var changed = change(old) with { ZoneId = old.ZoneId, Role = old.Role };
        RequireUsable(changed, zone.Name.ToDisplayString());
        Database.Execute(
            $"UPDATE catalog_zone SET member_setting_id = {changed.MemberSettingId}, grace_period = {changed.GracePeriod} WHERE zone_id = {old.ZoneId}");
        WriteGroups(changed);
        new CatalogMemberTable(_session).Settle();
        return changed;
    });

    /// <summary>
    /// Follows a catalog no more: its members stay, as zones that are managed by hand. One that is made here is removed with its zone.
    /// </summary>
    /// <exception cref="StoreException">Unknown.</exception>
    public void Remove(ManagedZone zone) => _session.Change(() =>
    {
        var catalog = Get(zone);
        if (catalog.Role == CatalogRole.Producer)
        {
            Database.Execute($"DELETE FROM managed_zone WHERE id = {zone.Id}");
        }
        else
        {
            Database.Execute($"DELETE FROM catalog_zone WHERE zone_id = {zone.Id}");
        }
    });

    /// <summary>What came of the catalogs that we follow, by their ids; those that no server has looked at yet are missing.</summary>
    public IReadOnlyDictionary<long, CatalogStatus> Status() => Database.Query(
        $"""
        SELECT zone_id, serial, applied_serial, looked_at,
            failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew
        FROM catalog_zone WHERE serial IS NOT NULL
        """,
        row => new CatalogStatus(row.GetInt64(0), row.Serial(1)!.Value, row.Serial(2), row.Time(3), row.Failure(4))).ToDictionary(status => status.ZoneId);

    /// <summary>The catalogs that refer to a common setting.</summary>
    internal static IReadOnlyList<StoreUser> UsersOf(Database database, long commonSettingId) => database.Query(
        $"""
        SELECT DISTINCT z.name FROM catalog_zone c JOIN managed_zone z ON z.id = c.zone_id LEFT JOIN catalog_group g ON g.catalog_id = c.zone_id
        WHERE c.member_setting_id = {commonSettingId} OR g.common_setting_id = {commonSettingId} ORDER BY z.name
        """,
        StoreNoun.CatalogZone.UserByDomainName);

    private void RequireUsable(CatalogZone catalog, string name)
    {
        if (catalog.GracePeriod < TimeSpan.Zero || catalog.GracePeriod > TimeSpan.FromDays(3650))
        {
            throw StoreNoun.Invalid(name, $"{catalog.GracePeriod} is no grace period.", "Give zero (members are removed at once) to ten years.");
        }

        foreach (var id in catalog.Groups.Select(group => group.CommonSettingId).Concat(catalog.MemberSettingId is { } own ? [own] : []))
        {
            CommonSettingTable.RequireKnown(Database, id);
        }

        if (catalog.Groups.FirstOrDefault(group => group.Name.Length is 0 or > 255) is not null)
        {
            throw StoreNoun.Invalid(name, "A group's value has 1 to 255 characters.", "Give the value that stands in the catalog's group property.");
        }
    }

    private void WriteGroups(CatalogZone catalog)
    {
        Database.Execute($"DELETE FROM catalog_group WHERE catalog_id = {catalog.ZoneId}");
        foreach (var group in catalog.Groups)
        {
            Database.Execute($"INSERT INTO catalog_group (catalog_id, name, common_setting_id) VALUES ({catalog.ZoneId}, {group.Name}, {group.CommonSettingId})");
        }
    }
}
