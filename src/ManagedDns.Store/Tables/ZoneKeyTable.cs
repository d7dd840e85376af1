using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>The keys of signed zones; their private halves lie sealed.</summary>
public sealed class ZoneKeyTable
{
    private const string Table = "zone_key";
    private readonly StoreSession _session;

    internal ZoneKeyTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    /// <summary>A zone's keys, oldest first, without their private halves: nothing is unsealed.</summary>
    public IReadOnlyList<ZoneKey> Public(long zoneId) => Query(zoneId, unseal: false);

    public IReadOnlyList<ZoneKey> All(long zoneId) => Query(zoneId, unseal: true);

    /// <summary>Replaces a zone's keys; new ones (id 0) get their ids.</summary>
    public IReadOnlyList<ZoneKey> Replace(long zoneId, IReadOnlyList<ZoneKey> keys) => _session.Change(
        () =>
        {
            _session.Secrets.Prepare();
            foreach (var old in Query(zoneId, unseal: false).Where(old => keys.All(key => key.Id != old.Id)))
            {
                Database.Execute($"DELETE FROM zone_key WHERE id = {old.Id}");
            }

            return (IReadOnlyList<ZoneKey>)[.. keys.Select(key => key.Id == 0 ? Add(zoneId, key) : Update(key))];
        },
        settings: false);

    internal static bool AnySealed(Database database) => database.Number($"SELECT count(*) FROM zone_key") > 0;

    private ZoneKey Add(long zoneId, ZoneKey key)
    {
        var id = Database.Number(
            $"""
            INSERT INTO zone_key (zone_id, role, public_key, private_key, state, since, created, signs_zone, is_to_be_replaced, ds_since, ds_ttl)
            VALUES ({zoneId}, {key.Role}, {key.Public.Rdata.ToArray()}, {Array.Empty<byte>()}, {key.State}, {key.Since}, {key.Created}, {key.SignsZone},
                {key.IsToBeReplaced}, {key.DsSince}, {key.DsTtl}) RETURNING id
            """)!.Value;

        // Sealed in a second step, because the seal is bound to the row's id.
        Database.Execute($"UPDATE zone_key SET private_key = {_session.Secrets.Seal(Table, id, key.Pkcs8.Span)} WHERE id = {id}");
        return key with { Id = id };
    }

    private ZoneKey Update(ZoneKey key)
    {
        Database.Execute(
            $"""
            UPDATE zone_key SET state = {key.State}, since = {key.Since}, signs_zone = {key.SignsZone}, is_to_be_replaced = {key.IsToBeReplaced},
                ds_since = {key.DsSince}, ds_ttl = {key.DsTtl}
            WHERE id = {key.Id}
            """);
        return key;
    }

    private List<ZoneKey> Query(long zoneId, bool unseal) => [.. Database.Query(
        $"""
        SELECT id, role, public_key, private_key, state, since, created, signs_zone, is_to_be_replaced, ds_since, ds_ttl
        FROM zone_key WHERE zone_id = {zoneId} ORDER BY id
        """,
        row => Read(row, unseal))];

    private ZoneKey Read(SqliteDataReader row, bool unseal)
    {
        var id = row.GetInt64(0);
        var pkcs8 = unseal ? _session.Secrets.Unseal(Table, id, row.GetFieldValue<byte[]>(3)) : [];
        return new(
            id, row.Choice<KeyRole>(1), DnsKey.TryRead(row.GetFieldValue<byte[]>(2))!, pkcs8, row.Choice<KeyState>(4), row.Time(5), row.Time(6))
        {
            SignsZone = row.Flag(7),
            IsToBeReplaced = row.Flag(8),
            DsSince = row.TimeOrNone(9),
            DsTtl = row.Span(10),
        };
    }
}
