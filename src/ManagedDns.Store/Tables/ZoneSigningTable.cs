using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Which zones are signed here, by which policy.</summary>
public sealed class ZoneSigningTable
{
    private readonly StoreSession _session;

    internal ZoneSigningTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<ZoneSigning> All()
    {
        var policies = Database.Query($"SELECT * FROM signing_policy", SigningPolicyTable.Read).ToDictionary(policy => policy.Id);
        return Database.Query(
            $"""
            SELECT zone_id, policy_id, is_ending, parent_servers, strips_signatures, parent_primary, parent_key_id, foreign_keys
            FROM zone_signing ORDER BY zone_id
            """,
            row => Read(row, policies[row.GetInt64(1)]));
    }

    public ZoneSigning? Find(long zoneId) => All().FirstOrDefault(signing => signing.ZoneId == zoneId);

    /// <summary>Has a zone signed, or changes how; an end that was begun is taken back.</summary>
    /// <param name="foreignKeys">The DNSKEYs of those who sign the zone too, ours among them passed over; null: as before.</param>
    /// <exception cref="StoreException">
    /// <see cref="StoreError.Invalid"/>: the zone's primary is not hidden, or a foreign key does not go with the policy; <see cref="StoreError.Unknown"/>.
    /// </exception>
    public void Put(
        ManagedZone zone, long policyId, ImmutableArray<IPEndPoint> parentServers, bool stripsSignatures = false, ParentPrimary? parentPrimary = null,
        IReadOnlyList<DnsKey>? foreignKeys = null) => _session.Change(() =>
    {
        if (!zone.HiddenPrimary)
        {
            throw NotHidden(zone.Name, "Enable-ZoneSigning");
        }

        TsigKeyTable.RequireKnown(Database, parentPrimary?.TsigKeyId);
        var own = new ZoneKeyTable(_session).Public(zone.Id).Select(key => key.Public).ToList();
        var foreign = (foreignKeys ?? Find(zone.Id)?.ForeignKeys ?? []).Except(own).Distinct().ToList();
        var policy = Database.First($"SELECT * FROM signing_policy WHERE id = {policyId}", SigningPolicyTable.Read);
        foreign.ForEach(key => RequireGoesWith(zone.Name.ToDisplayString(), key, policy!.Algorithm));
        Database.Execute(
            $"""
            INSERT INTO zone_signing (zone_id, policy_id, is_ending, parent_servers, strips_signatures, parent_primary, parent_key_id, foreign_keys)
            VALUES ({zone.Id}, {policyId}, {false}, {parentServers}, {stripsSignatures}, {parentPrimary?.EndPoint}, {parentPrimary?.TsigKeyId},
                {string.Join(' ', foreign.Select(key => Convert.ToBase64String(key.Rdata.Span)))})
            ON CONFLICT (zone_id) DO UPDATE SET policy_id = excluded.policy_id, is_ending = excluded.is_ending, parent_servers = excluded.parent_servers,
                strips_signatures = excluded.strips_signatures, parent_primary = excluded.parent_primary, parent_key_id = excluded.parent_key_id,
                foreign_keys = excluded.foreign_keys
            """);
    });

    /// <summary>Begins the end of a zone's signing: it is signed on until its DS is gone.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>; <see cref="StoreError.Invalid"/>: others sign the zone too.</exception>
    public void BeginEnd(ManagedZone zone) => _session.Change(() =>
    {
        var name = zone.Name.ToDisplayString();
        if (Find(zone.Id) is { ForeignKeys.IsEmpty: false })
        {
            throw StoreNoun.Invalid(
                name, $"Others sign '{name}' too: if the parent removed the DS for us, what they sign would be trusted no more.",
                $"Either end it here alone: take our name servers out of the NS records, and have the others drop our keys, then Disable-ZoneSigning -Name {name} -Force. "
                + $"Or end it altogether: take theirs out, then Enable-ZoneSigning -Name {name} -ForeignKey @(), then Disable-ZoneSigning -Name {name}.");
        }

        if (Database.Execute($"UPDATE zone_signing SET is_ending = {true} WHERE zone_id = {zone.Id}") == 0)
        {
            throw StoreNoun.ZoneSigning.Unknown(name);
        }
    });

    /// <summary>
    /// Ends it at once, whatever DS there is: the keys go now. What was signed with them the server takes back under a newer serial, and forgets that
    /// it signed the zone when the primary's serial has passed that.
    /// </summary>
    public void EndAtOnce(ManagedZone zone) => _session.Change(() =>
    {
        if (new ZoneKeyTable(_session).Public(zone.Id).Count == 0)
        {
            if (Find(zone.Id) is not { Ending: true })
            {
                Remove(zone.Id);
            }

            return;
        }

        Database.Execute($"UPDATE zone_signing SET is_ending = {true}, foreign_keys = {""} WHERE zone_id = {zone.Id}");
        Database.Execute($"DELETE FROM zone_key WHERE zone_id = {zone.Id}");
        Database.Execute($"DELETE FROM signing_status WHERE zone_id = {zone.Id}");
    });

    /// <summary>Forgets it, keys included.</summary>
    public void Remove(long zoneId) => _session.Change(() =>
    {
        Database.Execute($"DELETE FROM zone_signing WHERE zone_id = {zoneId}");
        Database.Execute($"DELETE FROM zone_key WHERE zone_id = {zoneId}");
        Database.Execute($"DELETE FROM signing_status WHERE zone_id = {zoneId}");
    });

    /// <summary>Refuses what would leave a zone signed here while others may answer for it.</summary>
    internal static void RequireHidden(Database database, ManagedZone old, ManagedZone changed)
    {
        // What has ended has no keys any more; its row stays until the primary's serial has passed ours.
        if (changed.HiddenPrimary || database.Number(
            $"""
            SELECT zone_id FROM zone_signing s
            WHERE zone_id = {old.Id} AND NOT (is_ending AND NOT EXISTS (SELECT 1 FROM zone_key k WHERE k.zone_id = s.zone_id))
            """) is null)
        {
            return;
        }

        var name = old.Name.ToDisplayString();
        throw old.HiddenPrimary
            ? StoreNoun.Invalid(
                name,
                $"'{name}' is signed here, so its primary has to stay hidden: what others answer unsigned, validators would call bogus.",
                $"End its signing first: Disable-ZoneSigning -Name {name}; when Get-ZoneSigning says Unsigned: "
                + $"Set-ManagedZone -Name {name} -HiddenPrimary:$false.")
            : NotHidden(old.Name, "Enable-ZoneProxy");
    }

    private static void RequireGoesWith(string zone, DnsKey key, DnssecAlgorithm algorithm)
    {
        if (!key.IsZoneKey || key.IsRevoked)
        {
            throw StoreNoun.Invalid(zone, $"Key {key.Tag} (flags {key.Flags}) is no key that signs a zone.", "Give DNSKEYs with flags 256 or 257 and protocol 3.");
        }

        if (key.Algorithm != algorithm)
        {
            throw StoreNoun.Invalid(
                zone,
                $"Key {key.Tag} is of {key.Algorithm}, and '{zone}' is to be signed with {algorithm}: every signer has to sign with each algorithm that there is "
                + "(RFC 8901 §4).",
                $"Let all signers use one algorithm: New-SigningPolicy -Algorithm, then Enable-ZoneSigning -Name {zone} -SigningPolicy.");
        }
    }

    private static StoreException NotHidden(DomainName zone, string then)
    {
        var name = zone.ToDisplayString();
        return StoreNoun.Invalid(
            name,
            $"'{name}' is not marked as a zone whose primary is hidden, and only such a zone can be signed here: others would answer for it unsigned.",
            $"Take the primary out of the zone's NS records and out of the delegation, then: Set-ManagedZone -Name {name} -HiddenPrimary; "
            + $"{then} -Name {name}.");
    }

    private static ZoneSigning Read(SqliteDataReader row, SigningPolicy policy) =>
        new(row.GetInt64(0), policy, row.Flag(2), row.EndPoints(3))
        {
            StripsSignatures = row.Flag(4),
            ParentPrimary = row.EndPoint(5) is { } primary ? new(primary, row.GetInt64(6)) : null,
            ForeignKeys = [.. row.Words(7).Select(text => DnsKey.TryRead(Convert.FromBase64String(text))!)],
        };
}
