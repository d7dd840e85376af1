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

    /// <summary>Replaces a zone's keys as somebody knew them; new ones (id 0) get their ids. Others that are there stay.</summary>
    public IReadOnlyList<ZoneKey> Replace(long zoneId, IReadOnlyList<ZoneKey> known, IReadOnlyList<ZoneKey> keys) => _session.Change(
        () =>
        {
            _session.Secrets.Prepare();
            foreach (var old in known.Where(old => keys.All(key => key.Id != old.Id)))
            {
                Database.Execute($"DELETE FROM zone_key WHERE id = {old.Id}");
            }

            return (IReadOnlyList<ZoneKey>)[.. keys.Select(key => key.Id == 0 ? Add(zoneId, key) : Update(key))];
        },
        settings: false);

    /// <summary>
    /// Takes a key that was made elsewhere. Before the zone is signed here it is signed with it from the start, and a key that the DS names waits until that is
    /// at every parent server; later the key becomes the successor of the one in its role.
    /// </summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it does not go with the keys that the zone has, or not now.</exception>
    public ZoneKey Import(ManagedZone zone, KeyRole role, DnsKey key, byte[] pkcs8) => _session.Change(() =>
    {
        var name = zone.Name.ToDisplayString();
        var there = Public(zone.Id);
        if (there.Any(other => other.Public.Equals(key)))
        {
            throw StoreNoun.Invalid(name, $"Key {key.Tag} of '{name}' is here already.", $"Get-ZoneSigningKey -Name {name} shows it.");
        }

        if (new ZoneSigningTable(_session).Find(zone.Id) is { } signing)
        {
            return ImportSuccessor(name, signing, there, role, key, pkcs8);
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

    private ZoneKey ImportSuccessor(string name, ZoneSigning signing, IReadOnlyList<ZoneKey> there, KeyRole role, DnsKey key, byte[] pkcs8)
    {
        if (signing.Ending || there.Count == 0 || there.Any(other => other.State != KeyState.Active))
        {
            throw StoreNoun.Invalid(
                name,
                signing.Ending ? $"The signing of '{name}' ends: it takes no key any more."
                : there.Count == 0 ? $"The server has not made the first key of '{name}' yet."
                : $"The keys of '{name}' are on their way: another one at the same time would be one change too many for caches.",
                signing.Ending ? $"Enable it again first: Enable-ZoneSigning -Name {name}." : $"Wait until Get-ZoneSigning -Name {name} says Signed.");
        }

        if (there.All(other => other.Role != role || other.Public.Algorithm != key.Algorithm))
        {
            var known = string.Join(" and ", there.Select(other => $"{other.Role} of {other.Public.Algorithm}"));
            throw StoreNoun.Invalid(
                name, $"'{name}' has a {known}: a {role} of {key.Algorithm} can succeed none of them.", "Give a key of the same algorithm and role (-Role).");
        }

        _session.Secrets.Prepare();
        var now = _session.Time.GetUtcNow();
        var added = Add(signing.ZoneId, new(0, role, key, pkcs8, KeyState.Published, now, now));
        new RequestTable(_session).Add(RequestKind.ReloadKeys, signing.ZoneId);
        return added;
    }

    /// <summary>The keys whose private half cannot be opened. They stay: what they have signed is still served.</summary>
    internal IEnumerable<LostSecret> Unopened() => Database.Query(
        $"""
        SELECT zone_key.id, managed_zone.name, public_key, private_key FROM zone_key JOIN managed_zone ON managed_zone.id = zone_id ORDER BY zone_key.id
        """,
        row => (Id: row.GetInt64(0), Zone: row.Name(1), Public: DnsKey.TryRead(row.GetFieldValue<byte[]>(2))!, Box: row.GetFieldValue<byte[]>(3)))
        .Where(key => !_session.Secrets.Opens(Table, key.Id, key.Box))
        .Select(key => new LostSecret(LostSecretKind.ZoneSigningKey, $"{key.Zone.ToDisplayString()} {key.Public.Tag}"));

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
