using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Managed zones. Names are unique; an id is never used again.</summary>
public sealed class ManagedZoneTable
{
    private readonly StoreSession _session;

    internal ManagedZoneTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<ManagedZone> All() => Database.Query(
        $"SELECT id, name, common_setting_id, proxy_enabled, hidden_primary, zone_file, comment, member_id, new_catalog FROM managed_zone ORDER BY id", Read);

    public ManagedZone? Find(DomainName name) => Database.First(
        $"""
        SELECT id, name, common_setting_id, proxy_enabled, hidden_primary, zone_file, comment, member_id, new_catalog FROM managed_zone
        WHERE name_key = {StoreNoun.Key(name)}
        """,
        Read);

    public ManagedZone? Find(long id) => Database.First(
        $"SELECT id, name, common_setting_id, proxy_enabled, hidden_primary, zone_file, comment, member_id, new_catalog FROM managed_zone WHERE id = {id}", Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public ManagedZone Get(DomainName name) => Find(name) ?? throw StoreNoun.ManagedZone.Unknown(name.ToDisplayString());

    /// <summary>Adds one, its proxy off.</summary>
    /// <param name="zoneFile">Absolute path of a master file, where the zone comes from one.</param>
    /// <exception cref="StoreException"><see cref="StoreError.DuplicateName"/>, <see cref="StoreError.Unknown"/>.</exception>
    public ManagedZone Add(DomainName name, long commonSettingId, bool hiddenPrimary = false, string? zoneFile = null, string comment = "") =>
        _session.Change(() =>
        {
            StoreNoun.ManagedZone.RequireName(name);
            RequireFree(name, 0);
            CommonSettingTable.RequireKnown(Database, commonSettingId);
            var id = Database.Number(
                $"""
                INSERT INTO managed_zone (name, name_key, common_setting_id, proxy_enabled, hidden_primary, zone_file, comment)
                VALUES ({name}, {StoreNoun.Key(name)}, {commonSettingId}, {false}, {hiddenPrimary}, {zoneFile}, {comment}) RETURNING id
                """)!.Value;
            return Find(id)!;
        });

    /// <summary>Changes anything but the name: a zone of another name is another zone.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>; <see cref="StoreError.Invalid"/>: it is signed here and would not be
    /// hidden.</exception>
    public ManagedZone Update(DomainName name, Func<ManagedZone, ManagedZone> change) => _session.Change(() =>
    {
        var old = Get(name);
        var changed = change(old) with { Id = old.Id, Name = old.Name };
        CommonSettingTable.RequireKnown(Database, changed.CommonSettingId);
        RequireUsable(changed);
        ZoneSigningTable.RequireHidden(Database, old, changed);
        Database.Execute(
            $"""
            UPDATE managed_zone SET common_setting_id = {changed.CommonSettingId}, proxy_enabled = {changed.ProxyEnabled},
                hidden_primary = {changed.HiddenPrimary}, zone_file = {changed.ZoneFile}, comment = {changed.Comment}, new_catalog = {changed.NewCatalog},
                member_id = {changed.MemberId}
            WHERE id = {old.Id}
            """);
        return changed;
    });

    /// <summary>Removes it with all that was observed of it.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>; InUse: a catalog lists it, and it would come back.</exception>
    public void Remove(DomainName name) => _session.Change(() =>
    {
        if (Find(name) is { } zone && new CatalogMemberTable(_session).OwnerOf(zone.Id) is { State: CatalogMemberState.Active } owner)
        {
            var text = name.ToDisplayString();
            throw StoreNoun.ManagedZone.InUse(
                text,
                [new("CatalogZone", Find(owner.CatalogId)!.Name.ToDisplayString())],
                $"Take it out of the catalog on the primary, or have it be managed by hand first: Restore-CatalogMember -Name {text}.");
        }

        if (Database.Execute($"DELETE FROM managed_zone WHERE name_key = {StoreNoun.Key(name)}") == 0)
        {
            throw StoreNoun.ManagedZone.Unknown(name.ToDisplayString());
        }
    });

    private void RequireUsable(ManagedZone zone)
    {
        if ((zone.ProxyEnabled || zone.ZoneFile is not null) && new CatalogTable(_session).Find(zone.Id) is { Role: CatalogRole.Producer })
        {
            var name = zone.Name.ToDisplayString();
            throw StoreNoun.Invalid(name, $"'{name}' is a catalog that is made here: it comes from nowhere else.", $"Get-CatalogZone -Name {name} shows it.");
        }
    }

    private void RequireFree(DomainName name, long except)
    {
        if (Database.Number($"SELECT id FROM managed_zone WHERE name_key = {StoreNoun.Key(name)} AND id <> {except}") is not null)
        {
            throw StoreNoun.ManagedZone.Duplicate(name.ToDisplayString());
        }
    }

    private static ManagedZone Read(SqliteDataReader row) =>
        new(row.GetInt64(0), row.Name(1), row.GetInt64(2), row.Flag(3), row.Flag(4), row.Text(5), row.GetString(6))
        {
            MemberId = row.GetString(7),
            NewCatalog = row.IsDBNull(8) ? null : row.Name(8),
        };
}
