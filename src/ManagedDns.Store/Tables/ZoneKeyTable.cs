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

    /// <summary>
    /// Takes a key over from another signer: the zone is signed with it from the start, and a key that the DS names waits until that is at every parent server.
    /// </summary>
    /// <exception cref="StoreException">
    /// <see cref="StoreError.Invalid"/>: the zone is signed here already, or has another key that this one does not go with.
    /// </exception>
    public ZoneKey Import(ManagedZone zone, KeyRole role, DnsKey key, byte[] pkcs8) => _session.Change(() =>
    {
        var name = zone.Name.ToDisplayString();
        if (Database.Number($"SELECT count(*) FROM zone_signing WHERE zone_id = {zone.Id}") > 0)
        {
            throw StoreNoun.Invalid(
                name, $"'{name}' is signed here already: a key that comes from elsewhere would not be where validators look for it.",
                $"Import keys before the signing begins: Disable-ZoneSigning -Name {name}, Import-ZoneSigningKey, then Enable-ZoneSigning -Name {name}.");
        }

        var there = Public(zone.Id);
        if (there.Any(other => other.Public.Equals(key)))
        {
            throw StoreNoun.Invalid(name, $"Key {key.Tag} of '{name}' is here already.", $"Get-ZoneSigningKey -Name {name} shows it.");
        }

        if (there.Any(other => other.Role == role || (other.Role == KeyRole.Csk) != (role == KeyRole.Csk) || other.Public.Algorithm != key.Algorithm))
        {
            throw StoreNoun.Invalid(
                name, $"'{name}' has keys already that a {role} of {key.Algorithm} does not go with.",
                "Import one Csk, or one Ksk and one Zsk of the same algorithm (-Role).");
        }

        _session.Secrets.Prepare();
        var now = _session.Time.GetUtcNow();
        var isTrusted = role != KeyRole.Zsk;
        return Add(zone.Id, new(0, role, key, pkcs8, isTrusted ? KeyState.Submitted : KeyState.Active, now, now) { SignsZone = role != KeyRole.Ksk });
    });

    internal static bool AnySealed(Database database) => database.Number($"SELECT count(*) FROM zone_key") > 0;

    private ZoneKey Add(long zoneId, ZoneKey key)
    {
        var id = Database.Number(
            $"""
            INSERT INTO zone_key (zone_id, role, public_key, private_key, state, since, created, signs_zone, is_to_be_replaced,
                is_compromised, ds_since, ds_ttl)
            VALUES ({zoneId}, {key.Role}, {key.Public.Rdata.ToArray()}, {Array.Empty<byte>()}, {key.State}, {key.Since}, {key.Created}, {key.SignsZone},
                {key.IsToBeReplaced}, {key.IsCompromised}, {key.DsSince}, {key.DsTtl}) RETURNING id
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
                is_compromised = {key.IsCompromised}, ds_since = {key.DsSince}, ds_ttl = {key.DsTtl}
            WHERE id = {key.Id}
            """);
        return key;
    }

    private List<ZoneKey> Query(long zoneId, bool unseal) => [.. Database.Query(
        $"""
        SELECT id, role, public_key, private_key, state, since, created, signs_zone, is_to_be_replaced, is_compromised, ds_since, ds_ttl
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
            IsCompromised = row.Flag(9),
            DsSince = row.TimeOrNone(10),
            DsTtl = row.Span(11),
        };
    }
}
