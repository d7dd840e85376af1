using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Signing policies. Names are unique; one named Default is there from the start.</summary>
public sealed class SigningPolicyTable
{
    private readonly StoreSession _session;

    internal SigningPolicyTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<SigningPolicy> All() => Database.Query($"SELECT * FROM signing_policy ORDER BY id", Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public SigningPolicy Get(string name) => Database.First($"SELECT * FROM signing_policy WHERE name_key = {StoreNoun.Key(name)}", Read)
        ?? throw StoreNoun.SigningPolicy.Unknown(name);

    /// <exception cref="StoreException"><see cref="StoreError.DuplicateName"/>, <see cref="StoreError.Invalid"/>.</exception>
    public SigningPolicy Add(SigningPolicy policy) => _session.Change(() =>
    {
        RequireUsable(policy);
        if (Database.Number($"SELECT id FROM signing_policy WHERE name_key = {StoreNoun.Key(policy.Name)}") is not null)
        {
            throw StoreNoun.SigningPolicy.Duplicate(policy.Name);
        }

        var id = Database.Number(
            $"""
            INSERT INTO signing_policy (name, name_key, algorithm, split_keys, denial, opt_out, validity, refresh, jitter, key_ttl, propagation_delay,
                zsk_lifetime, ksk_lifetime, serial_policy, zone_digest, notify_parent)
            VALUES ({policy.Name}, {StoreNoun.Key(policy.Name)}, {policy.Algorithm}, {policy.SplitKeys}, {policy.Denial}, {policy.OptOut}, {policy.Validity},
                {policy.Refresh}, {policy.Jitter}, {policy.KeyTtl}, {policy.PropagationDelay}, {policy.ZskLifetime}, {policy.KskLifetime},
                {policy.SerialPolicy}, {policy.ZoneDigest}, {policy.NotifyParent}) RETURNING id
            """)!.Value;
        return policy with { Id = id };
    });

    /// <summary>Changes anything but the name.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.Invalid"/>.</exception>
    public SigningPolicy Update(string name, Func<SigningPolicy, SigningPolicy> change) => _session.Change(() =>
    {
        var old = Get(name);
        var policy = change(old) with { Id = old.Id, Name = old.Name };
        RequireUsable(policy);
        if (policy.Algorithm != old.Algorithm && Database.First(
            $"SELECT z.name FROM zone_signing s JOIN managed_zone z ON z.id = s.zone_id WHERE s.policy_id = {old.Id} AND s.foreign_keys <> '' LIMIT 1",
            row => row.Name(0)) is { } shared)
        {
            throw StoreNoun.Invalid(
                name, $"'{shared.ToDisplayString()}' has other signers, whose keys are of {old.Algorithm}: all have to use one algorithm (RFC 8901 §4).",
                $"Give that zone a policy of its own: New-SigningPolicy, then Enable-ZoneSigning -Name {shared.ToDisplayString()} -SigningPolicy.");
        }

        Database.Execute(
            $"""
            UPDATE signing_policy SET algorithm = {policy.Algorithm}, split_keys = {policy.SplitKeys}, denial = {policy.Denial}, opt_out = {policy.OptOut},
                validity = {policy.Validity}, refresh = {policy.Refresh}, jitter = {policy.Jitter}, key_ttl = {policy.KeyTtl},
                propagation_delay = {policy.PropagationDelay}, zsk_lifetime = {policy.ZskLifetime}, ksk_lifetime = {policy.KskLifetime},
                serial_policy = {policy.SerialPolicy}, zone_digest = {policy.ZoneDigest}, notify_parent = {policy.NotifyParent}
            WHERE id = {old.Id}
            """);
        return policy;
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.InUse"/>, <see cref="StoreError.Invalid"/>: the default.</exception>
    public void Remove(string name) => _session.Change(() =>
    {
        var policy = Get(name);
        if (Users(policy.Id) is { Count: > 0 } users)
        {
            throw StoreNoun.SigningPolicy.InUse(policy.Name, users, "Apply another one to its zones first: Enable-ZoneSigning -SigningPolicy <other>.");
        }

        if (StoreNoun.Key(policy.Name) == StoreNoun.Key(SigningPolicy.DefaultName))
        {
            throw StoreNoun.Invalid(name, "The default signing policy stays.", "Change it instead: Set-SigningPolicy.");
        }

        Database.Execute($"DELETE FROM signing_policy WHERE id = {policy.Id}");
    });

    /// <summary>The zones signed by it.</summary>
    public IReadOnlyList<StoreUser> Users(long id) => Database.Query(
        $"SELECT z.name FROM zone_signing s JOIN managed_zone z ON z.id = s.zone_id WHERE s.policy_id = {id} ORDER BY z.name_key",
        StoreNoun.ManagedZone.UserByDomainName);

    /// <summary>Reads a whole row.</summary>
    internal static SigningPolicy Read(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1))
    {
        Algorithm = row.Choice<DnssecAlgorithm>(3),
        SplitKeys = row.Flag(4),
        Denial = row.Choice<DenialKind>(5),
        OptOut = row.Flag(6),
        Validity = row.Span(7),
        Refresh = row.Span(8),
        Jitter = row.Span(9),
        KeyTtl = row.Span(10),
        PropagationDelay = row.Span(11),
        ZskLifetime = row.Span(12),
        KskLifetime = row.Span(13),
        SerialPolicy = row.Choice<SerialPolicy>(14),
        ZoneDigest = row.Flag(15),
        NotifyParent = row.Flag(16),
    };

    private static void RequireUsable(SigningPolicy policy)
    {
        StoreNoun.SigningPolicy.RequireName(policy.Name);
        if (policy.Algorithm is not (DnssecAlgorithm.EcdsaP256Sha256 or DnssecAlgorithm.EcdsaP384Sha384 or DnssecAlgorithm.Ed25519
            or DnssecAlgorithm.RsaSha256 or DnssecAlgorithm.RsaSha512))
        {
            throw StoreNoun.Invalid(policy.Name, $"Zones are not signed with {policy.Algorithm} (RFC 9904).", "Choose EcdsaP256Sha256, which all validators know.");
        }

        if (policy.OptOut && policy.Denial != DenialKind.Nsec3)
        {
            throw StoreNoun.Invalid(policy.Name, "Opt-out goes with NSEC3 alone (RFC 5155).", "Give -Denial Nsec3 too, or leave -OptOut out.");
        }

        if (policy.Refresh + policy.Jitter >= policy.Validity || policy.Refresh <= TimeSpan.Zero || policy.Jitter < TimeSpan.Zero)
        {
            throw StoreNoun.Invalid(
                policy.Name,
                $"Signatures valid for {policy.Validity} that end up to {policy.Jitter} apart cannot be renewed {policy.Refresh} before they end.",
                "Make -Validity longer than -RenewBefore and -Jitter together.");
        }

        if (policy.KeyTtl < TimeSpan.FromSeconds(1) || policy.KeyTtl > TimeSpan.FromDays(7) || policy.PropagationDelay < TimeSpan.Zero
            || policy.ZskLifetime < TimeSpan.Zero || policy.KskLifetime < TimeSpan.Zero)
        {
            throw StoreNoun.Invalid(policy.Name, "A time of the policy is out of range.", "Give a -KeyTtl from a second to a week, and nothing below zero.");
        }
    }
}
