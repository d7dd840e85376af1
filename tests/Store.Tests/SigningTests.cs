using System.Collections.Immutable;
using System.Net;
using System.Text;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store;

namespace Store.Tests;

/// <summary>Which zones are signed, how, and with which keys.</summary>
public sealed class SigningTests : StoreTest
{
    private static readonly ImmutableArray<IPEndPoint> s_parents = [new(IPAddress.Parse("192.0.2.1"), 53), new(IPAddress.IPv6Loopback, 5353)];

    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 1, 2, 3, TimeSpan.Zero);

    [Fact]
    public void A_policy_comes_back_as_it_was_given()
    {
        var policy = new SigningPolicy(0, "strict")
        {
            Algorithm = DnssecAlgorithm.Ed25519,
            SplitKeys = true,
            Denial = DenialKind.Nsec3,
            OptOut = true,
            Validity = TimeSpan.FromDays(30),
            Refresh = TimeSpan.FromDays(9),
            Jitter = TimeSpan.FromHours(5),
            KeyTtl = TimeSpan.FromMinutes(7),
            PropagationDelay = TimeSpan.FromSeconds(8),
            ZskLifetime = TimeSpan.FromDays(33),
            KskLifetime = TimeSpan.FromDays(333),
            SerialPolicy = SerialPolicy.DateCounter,
            ZoneDigest = true,
        };

        var added = Store.SigningPolicies.Add(policy);

        Assert.Equal(policy with { Id = added.Id }, Store.SigningPolicies.Get("STRICT"));
        var changed = Store.SigningPolicies.Update("strict", old => old with { OptOut = false, Name = "other", ZoneDigest = false });
        Assert.Equal(added with { OptOut = false, ZoneDigest = false }, changed);
        Assert.Equal(changed, Store.SigningPolicies.Get("strict"));
        Fails(StoreError.DuplicateName, () => Store.SigningPolicies.Add(policy with { Name = "Strict" }));
    }

    [Fact]
    public void A_policy_that_cannot_work_is_Invalid()
    {
        var policy = new SigningPolicy(0, "p");

        Fails(StoreError.Invalid, () => Store.SigningPolicies.Add(policy with { Algorithm = (DnssecAlgorithm)5 }));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Add(policy with { OptOut = true }));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Add(policy with { Refresh = policy.Validity - policy.Jitter }));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Add(policy with { KeyTtl = TimeSpan.Zero }));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Add(policy with { ZskLifetime = TimeSpan.FromDays(-1) }));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Remove(SigningPolicy.DefaultName));
        Assert.Equal(SigningPolicy.DefaultName, Assert.Single(Store.SigningPolicies.All()).Name);
    }

    [Fact]
    public void A_policy_in_use_stays_and_says_by_whom_it_is_used()
    {
        var policy = Store.SigningPolicies.Add(new(0, "p"));
        Store.ZoneSignings.Put(Hidden("a.example"), policy.Id, []);

        var refused = Fails(StoreError.InUse, () => Store.SigningPolicies.Remove("p"));

        Assert.Equal("a.example", Assert.Single(refused.Users).Name);
    }

    [Fact]
    public void That_a_zone_is_signed_is_told_to_the_server_with_how()
    {
        var zone = Hidden("a.example");
        var policy = Store.SigningPolicies.Get(SigningPolicy.DefaultName);

        Store.ZoneSignings.Put(zone, policy.Id, s_parents, stripsSignatures: true);

        var signing = Store.ReadSettings().ZoneSignings[zone.Id];
        Assert.Equal(new ZoneSigning(zone.Id, policy, Ending: false, s_parents) { StripsSignatures = true }, signing);
        Store.ZoneSignings.BeginEnd(zone);
        Assert.True(Store.ZoneSignings.Find(zone.Id)!.Ending);
        Store.ZoneSignings.Put(zone, policy.Id, s_parents);
        Assert.Equal(new ZoneSigning(zone.Id, policy, Ending: false, s_parents), Store.ZoneSignings.Find(zone.Id));
        Fails(StoreError.Unknown, () => Store.ZoneSignings.BeginEnd(Hidden("b.example")));
    }

    [Fact]
    public void Only_a_zone_whose_primary_is_hidden_can_be_signed_and_the_error_explains_the_procedure()
    {
        var zone = Store.Zones.Add(Name("a.example"), Common);

        var refused = Fails(StoreError.Invalid, () => Store.ZoneSignings.Put(zone, 1, []));

        Assert.Contains("Set-ManagedZone -Name a.example -HiddenPrimary; Enable-ZoneSigning -Name a.example", refused.Remedy, StringComparison.Ordinal);
        Assert.Null(Store.ZoneSignings.Find(zone.Id));
    }

    [Fact]
    public void A_signed_zone_s_primary_stays_hidden_until_signing_has_ended()
    {
        var zone = Hidden("a.example");
        Store.ZoneSignings.Put(zone, 1, []);

        var refused = Fails(StoreError.Invalid, () => Store.Zones.Update(zone.Name, old => old with { HiddenPrimary = false }));

        Assert.Contains("Disable-ZoneSigning -Name a.example", refused.Remedy, StringComparison.Ordinal);
        var keys = Store.ZoneKeys.Replace(
            zone.Id, [], [new(0, KeyRole.Csk, new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, new byte[64]), new byte[8], KeyState.Withdrawn, s_now, s_now)]);
        Store.ZoneSignings.BeginEnd(zone);
        Fails(StoreError.Invalid, () => Store.Zones.Update(zone.Name, old => old with { HiddenPrimary = false }));
        Assert.True(Store.Zones.Update(zone.Name, old => old with { ProxyEnabled = true }).ProxyEnabled);
        Store.ZoneKeys.Replace(zone.Id, keys, []);
        Assert.False(Store.Zones.Update(zone.Name, old => old with { HiddenPrimary = false }).HiddenPrimary);
    }

    [Fact]
    public void Signing_that_ends_at_once_loses_its_keys_and_is_remembered_until_the_server_has_taken_it_back()
    {
        var zone = Hidden("a.example");
        Store.ZoneSignings.Put(zone, 1, []);
        Store.ZoneSignings.EndAtOnce(zone);
        Assert.Null(Store.ZoneSignings.Find(zone.Id));

        Store.ZoneSignings.Put(zone, 1, [], foreignKeys: [new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, new byte[64])]);
        var key = new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, new byte[64]);
        Store.ZoneKeys.Replace(zone.Id, [], [new(0, KeyRole.Csk, key, new byte[8], KeyState.Active, s_now, s_now)]);
        Store.ZoneSignings.EndAtOnce(zone);
        Store.ZoneSignings.EndAtOnce(zone);
        Assert.Empty(Store.ZoneKeys.Public(zone.Id));
        var signing = Store.ZoneSignings.Find(zone.Id)!;
        Assert.True(signing is { Ending: true, ForeignKeys.IsEmpty: true });
        Assert.False(Store.Zones.Update(zone.Name, old => old with { HiddenPrimary = false }).HiddenPrimary);
    }

    [Fact]
    public void The_proxy_of_a_zone_to_be_signed_is_enabled_only_where_the_primary_is_hidden()
    {
        // No cmdlet leads here: a store that was changed by hand does.
        var zone = Hidden("a.example");
        Store.ZoneSignings.Put(zone, 1, []);
        TestFolder.Sql(Folder.Settings, "UPDATE managed_zone SET hidden_primary = 0");

        var refused = Fails(StoreError.Invalid, () => Store.Zones.Update(zone.Name, old => old with { ProxyEnabled = true }));

        Assert.Contains("Set-ManagedZone -Name a.example -HiddenPrimary; Enable-ZoneProxy -Name a.example", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_lie_sealed_and_come_back_with_their_states()
    {
        var zone = Hidden("a.example");
        var secret = Encoding.ASCII.GetBytes("a private key that nobody may read");
        var key = new ZoneKey(0, KeyRole.Ksk, new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, new byte[64]), secret, KeyState.Submitted, s_now, s_now)
        {
            SignsZone = true,
            IsCompromised = true,
            DsSince = s_now,
            DsTtl = TimeSpan.FromHours(3),
        };
        using var keys = new ZoneKeyStore(Folder.Store);

        var saved = keys.Save(zone.Id, [], [key, key with { Role = KeyRole.Zsk }]);
        Assert.Equal(2, saved.Select(each => each.Id).Distinct().Count());
        keys.Save(zone.Id, saved, [saved[0] with { State = KeyState.Active, IsToBeReplaced = true }]);

        var loaded = Assert.Single(keys.Load(zone.Id));
        Assert.Equal(saved[0] with { State = KeyState.Active, IsToBeReplaced = true, Pkcs8 = default }, loaded with { Pkcs8 = default });
        Assert.Equal(secret, loaded.Pkcs8.ToArray());
        Assert.True(Assert.Single(Store.ZoneKeys.Public(zone.Id)).Pkcs8.IsEmpty);
        Assert.Equal(-1, File.ReadAllBytes(Folder.Settings).AsSpan().IndexOf(secret));
        keys.Finish(zone.Id);
        Assert.Empty(keys.Load(zone.Id));
    }

    [Fact]
    public void A_key_that_is_imported_later_succeeds_the_one_in_its_role_when_that_is_at_rest()
    {
        var zone = Hidden("a.example");
        Store.ZoneSignings.Put(zone, 1, []);
        Fails(StoreError.Invalid, () => Store.ZoneKeys.Import(zone, KeyRole.Csk, Key(7), [7]));
        var known = Store.ZoneKeys.Replace(zone.Id, [], [new(0, KeyRole.Csk, Key(1), new byte[] { 1 }, KeyState.Active, s_now, s_now)]);
        Fails(StoreError.Invalid, () => Store.ZoneKeys.Import(zone, KeyRole.Zsk, new DnsKey(256, DnssecAlgorithm.EcdsaP256Sha256, new byte[64]), [2]));

        var imported = Store.ZoneKeys.Import(zone, KeyRole.Csk, Key(2), [2]);

        Assert.Equal((KeyState.Published, false), (imported.State, imported.SignsZone));
        Assert.Equal(RequestKind.ReloadKeys, Assert.Single(Store.Requests.All()).Kind);
        Assert.Contains("on their way", Fails(StoreError.Invalid, () => Store.ZoneKeys.Import(zone, KeyRole.Csk, Key(3), [3])).Message, StringComparison.Ordinal);

        // The server does not know it yet, and saves what it knows.
        Store.ZoneKeys.Replace(zone.Id, known, [known[0] with { IsToBeReplaced = true }]);
        Assert.Equal([Key(1), Key(2)], Store.ZoneKeys.Public(zone.Id).Select(key => key.Public));
        Store.ZoneSignings.BeginEnd(zone);
        Assert.Contains("ends", Fails(StoreError.Invalid, () => Store.ZoneKeys.Import(zone, KeyRole.Csk, Key(4), [4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_keys_of_other_signers_are_kept_with_the_zone_and_have_to_go_with_its_policy()
    {
        var zone = Hidden("a.example");
        Store.ZoneSignings.Put(zone, 1, []);
        Store.ZoneKeys.Replace(zone.Id, [], [new(0, KeyRole.Csk, Key(1), new byte[] { 1 }, KeyState.Active, s_now, s_now)]);

        Store.ZoneSignings.Put(zone, 1, [], foreignKeys: [Key(1), Key(2), Key(2), Key(3)]);
        Assert.Equal([Key(2), Key(3)], Store.ZoneSignings.Find(zone.Id)!.ForeignKeys);
        Store.ZoneSignings.Put(zone, 1, []);
        Assert.Equal([Key(2), Key(3)], Store.ZoneSignings.Find(zone.Id)!.ForeignKeys);

        Fails(StoreError.Invalid, () => Store.ZoneSignings.Put(zone, 1, [], foreignKeys: [new(257, DnssecAlgorithm.Ed25519, new byte[32])]));
        Fails(StoreError.Invalid, () => Store.ZoneSignings.Put(zone, 1, [], foreignKeys: [new(257 | DnsKey.RevokeFlag, DnssecAlgorithm.EcdsaP256Sha256, new byte[64])]));
        Fails(StoreError.Invalid, () => Store.SigningPolicies.Update(SigningPolicy.DefaultName, policy => policy with { Algorithm = DnssecAlgorithm.Ed25519 }));
        var refused = Fails(StoreError.Invalid, () => Store.ZoneSignings.BeginEnd(zone));
        Assert.Contains("Enable-ZoneSigning -Name a.example -ForeignKey @()", refused.Remedy, StringComparison.Ordinal);

        Store.ZoneSignings.Put(zone, 1, [], foreignKeys: []);
        Store.ZoneSignings.BeginEnd(zone);
        Assert.Empty(Store.ZoneSignings.Find(zone.Id)!.ForeignKeys);
    }

    [Fact]
    public void The_key_that_signs_updates_of_the_parent_stays_as_long_as_it_is_used()
    {
        var zone = Hidden("a.example");
        var key = Store.TsigKeys.Add(new(Name("update.example"), TsigAlgorithm.HmacSha256, new byte[32]));
        var primary = new ParentPrimary(IPEndPoint.Parse("192.0.2.1:53"), key.Id);

        Store.ZoneSignings.Put(zone, 1, [], parentPrimary: primary);

        Assert.Equal(primary, Store.ZoneSignings.Find(zone.Id)!.ParentPrimary);
        Assert.Contains("a.example", Assert.Single(Fails(StoreError.InUse, () => Store.TsigKeys.Remove(key.Name)).Users).Name, StringComparison.Ordinal);
        Fails(StoreError.Unknown, () => Store.ZoneSignings.Put(zone, 1, [], parentPrimary: primary with { TsigKeyId = 99 }));
        Store.ZoneSignings.Put(zone, 1, []);
        Assert.Null(Store.ZoneSignings.Find(zone.Id)!.ParentPrimary);
        Store.TsigKeys.Remove(key.Name);
    }

    private static DnsKey Key(byte number) => new(257, DnssecAlgorithm.EcdsaP256Sha256, [.. Enumerable.Repeat(number, 64)]);

    private ManagedZone Hidden(string name) => Store.Zones.Add(Name(name), Common, hiddenPrimary: true);
}
