using System.Text;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>
/// The members of the catalogs that we follow, and how they become managed zones (RFC 9432 §5). Nothing is taken away because it is missing in one version: a
/// member that vanished leaves only when the catalog's grace period has passed.
/// </summary>
/// <remarks>
/// <code>
///            listed                     not listed              grace period passed
///   (none) ─────────▶ Active ────────────────────────▶ Leaving ─────────────────────▶ removed
///      │                ▲  ▲           listed again       │
///      │ name is taken  │  └─────────────────────────────┘
///      ▼                │ the other catalog lets it go: it names this one in coo, or lists the zone no more
///    Clash ─────────────┘
/// </code>
/// </remarks>
public sealed class CatalogMemberTable
{
    private readonly StoreSession _session;

    internal CatalogMemberTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    /// <param name="catalogId">Null: of all catalogs.</param>
    public IReadOnlyList<CatalogMember> All(long? catalogId = null) => Database.Query(
        $"""
        SELECT catalog_id, name, member_id, groups, new_catalog, state, since, zone_id FROM catalog_member
        WHERE {catalogId} IS NULL OR catalog_id = {catalogId} ORDER BY catalog_id, name_key
        """,
        Read);

    /// <summary>The member that a managed zone is here for; null: it is managed by hand.</summary>
    public CatalogMember? OwnerOf(long zoneId) => Database.First(
        $"SELECT catalog_id, name, member_id, groups, new_catalog, state, since, zone_id FROM catalog_member WHERE zone_id = {zoneId}", Read);

    /// <summary>Takes up a version of a catalog: a broken one changes nothing but its status.</summary>
    public void Apply(CatalogVersion version) => _session.Change(() =>
    {
        var failure = version.Failure;
        if (Database.Execute(
            $"""
            UPDATE catalog_zone SET serial = {version.Serial}, looked_at = {_session.Time.GetUtcNow()}, failure_reason = {failure?.Reason},
                failure_server = {failure?.Server}, failure_message = {failure?.Message}, failure_remedy = {failure?.Remedy},
                failure_response_code = {failure?.ResponseCode}, failure_clock_skew = {failure?.ClockSkew}
            WHERE zone_id = {version.ZoneId}
            """) > 0 && failure is null)
        {
            Database.Execute($"UPDATE catalog_zone SET applied_serial = {version.Serial} WHERE zone_id = {version.ZoneId}");
            Take(version);
            Settle();
        }
    });

    /// <summary>Removes the members whose grace period has passed.</summary>
    /// <returns>The names of the zones that are gone.</returns>
    public IReadOnlyList<DomainName> RemoveLeft()
    {
        if (Left() is not { Count: > 0 })
        {
            return [];
        }

        return _session.Change(() =>
        {
            var left = Left();
            foreach (var member in left)
            {
                Database.Execute($"DELETE FROM managed_zone WHERE id = {member.ZoneId}");
            }

            // Whoever waited for the names may have them now.
            Settle();
            return (IReadOnlyList<DomainName>)[.. left.Select(member => member.Entry.Zone)];
        });
    }

    /// <summary>Has a zone be managed by hand from now on: what its catalog says is no matter any more, until it lists it anew under another id.</summary>
    /// <exception cref="StoreException">Unknown: it is no catalog's member.</exception>
    public void Release(ManagedZone zone) => _session.Change(
        () => Yield(OwnerOf(zone.Id) ?? throw StoreNoun.CatalogMember.Unknown(zone.Name.ToDisplayString())));

    /// <summary>
    /// Settles who has each name that a catalog lists: makes the zones that are missing, moves those that change their catalog, applies common settings.
    /// Called in a transaction.
    /// </summary>
    internal void Settle()
    {
        var catalogs = new CatalogTable(_session).All().ToDictionary(catalog => catalog.ZoneId);
        var zones = new ManagedZoneTable(_session);
        var own = catalogs.Keys.ToDictionary(id => id, id => zones.Find(id)!);
        foreach (var member in All().Where(member => member.State == CatalogMemberState.Clash))
        {
            if (zones.Find(member.Entry.Zone) is not { } zone)
            {
                zone = zones.Add(member.Entry.Zone, SettingFor(member, catalogs, own));
                zones.Update(zone.Name, added => added with { ProxyEnabled = true });
            }
            else if (OwnerOf(zone.Id) is { } owner && MayTake(member, owner, own))
            {
                Yield(owner);
                if (owner.Entry.Id != member.Entry.Id)
                {
                    Reset(zone.Id);
                }
            }
            else
            {
                continue;
            }

            Put(member with { State = CatalogMemberState.Active, Since = _session.Time.GetUtcNow(), ZoneId = zone.Id });
        }

        foreach (var member in All().Where(member => member.State == CatalogMemberState.Active))
        {
            var setting = SettingFor(member, catalogs, own);
            Database.Execute($"UPDATE managed_zone SET common_setting_id = {setting} WHERE id = {member.ZoneId} AND common_setting_id <> {setting}");
        }
    }

    private void Take(CatalogVersion version)
    {
        var now = _session.Time.GetUtcNow();
        var known = All(version.ZoneId).ToDictionary(member => member.Entry.Zone);
        foreach (var entry in version.Entries)
        {
            if (!known.Remove(entry.Zone, out var member))
            {
                Put(new(version.ZoneId, entry, CatalogMemberState.Clash, now, null));
                continue;
            }

            if (member.Entry.Id != entry.Id && member.ZoneId is { } id)
            {
                Reset(id);
            }

            if (member.State == CatalogMemberState.Leaving)
            {
                member = member with { State = CatalogMemberState.Active, Since = now };
            }

            if (member.Entry != entry || member.Since == now)
            {
                Put(member with { Entry = entry });
            }
        }

        foreach (var missing in known.Values)
        {
            if (missing.State == CatalogMemberState.Active)
            {
                Put(missing with { State = CatalogMemberState.Leaving, Since = now });
            }
            else if (missing.State == CatalogMemberState.Clash)
            {
                Delete(missing);
            }
        }
    }

    /// <summary>Whether the catalog that has a zone lets another one have it (RFC 9432 §4.4.1). Two that hand it to each other for ever do not.</summary>
    private static bool MayTake(CatalogMember member, CatalogMember owner, Dictionary<long, ManagedZone> catalogs) =>
        owner.State == CatalogMemberState.Leaving
        || (owner.Entry.NewCatalog == catalogs[member.CatalogId].Name && member.Entry.NewCatalog != catalogs[owner.CatalogId].Name);

    private static long SettingFor(CatalogMember member, Dictionary<long, CatalogZone> catalogs, Dictionary<long, ManagedZone> own)
    {
        var catalog = catalogs[member.CatalogId];
        return member.Entry.Groups.Select(name => catalog.Groups.FirstOrDefault(group => group.Name == name)).FirstOrDefault(group => group is not null)?.CommonSettingId
            ?? catalog.MemberSettingId ?? own[member.CatalogId].CommonSettingId;
    }

    private List<CatalogMember> Left() => Database.Query(
        $"""
        SELECT m.catalog_id, m.name, m.member_id, m.groups, m.new_catalog, m.state, m.since, m.zone_id
        FROM catalog_member m JOIN catalog_zone c ON c.zone_id = m.catalog_id
        WHERE m.state = {CatalogMemberState.Leaving} AND m.since + c.grace_period / 1000 <= {_session.Time.GetUtcNow()}
        """,
        Read);

    private void Yield(CatalogMember owner)
    {
        if (owner.State == CatalogMemberState.Leaving)
        {
            Delete(owner);
        }
        else
        {
            Put(owner with { State = CatalogMemberState.Clash, Since = _session.Time.GetUtcNow(), ZoneId = null });
        }
    }

    private void Reset(long zoneId) => new RequestTable(_session).Add(RequestKind.ResetZone, zoneId);

    private void Delete(CatalogMember member) =>
        Database.Execute($"DELETE FROM catalog_member WHERE catalog_id = {member.CatalogId} AND name_key = {StoreNoun.Key(member.Entry.Zone)}");

    private void Put(CatalogMember member)
    {
        var entry = member.Entry;
        Database.Execute(
            $"""
            INSERT INTO catalog_member (catalog_id, name, name_key, member_id, groups, new_catalog, state, since, zone_id)
            VALUES ({member.CatalogId}, {entry.Zone}, {StoreNoun.Key(entry.Zone)}, {entry.Id}, {Words(entry.Groups)}, {entry.NewCatalog},
                {member.State}, {member.Since}, {member.ZoneId})
            ON CONFLICT (catalog_id, name_key) DO UPDATE SET name = excluded.name, member_id = excluded.member_id, groups = excluded.groups,
                new_catalog = excluded.new_catalog, state = excluded.state, since = excluded.since, zone_id = excluded.zone_id
            """);
    }

    /// <summary>Groups in base64: they may hold any character.</summary>
    private static string Words(IEnumerable<string> groups) => string.Join(' ', groups.Select(group => Convert.ToBase64String(Encoding.UTF8.GetBytes(group))));

    private static string Group(string word) => Encoding.UTF8.GetString(Convert.FromBase64String(word));

    private static CatalogMember Read(SqliteDataReader row) => new(
        row.GetInt64(0),
        new CatalogEntry(row.GetString(2), row.Name(1), [.. row.Words(3).Select(Group)], row.IsDBNull(4) ? null : row.Name(4)),
        row.Choice<CatalogMemberState>(5), row.Time(6), row.Number(7));
}
