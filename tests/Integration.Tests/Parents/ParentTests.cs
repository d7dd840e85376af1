using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>The daemon waits for the DS at Knot, BIND and NSD as parents, which it finds from the root; the DS is changed by hand.</summary>
public sealed class ParentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Nsd)]
    public async Task A_zone_counts_as_signed_when_every_server_of_its_parent_has_the_DS(PeerKind second)
    {
        await using var family = await Family.StartAsync(Cancellation, second);

        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var key = Assert.Single(family.Keys).Public;
        await family.WaitsForAsync(
            $"the DS of key {key.Tag} at every name server of the parent: {family.NameOf(0)} has none; {family.NameOf(1)} has none", Cancellation);

        await family.DelegateAsync(0, Cancellation, key);
        var waiting = await family.WaitsForAsync(
            $"the DS of key {key.Tag} at every name server of the parent: {family.NameOf(1)} has none", Cancellation);
        Assert.Equal(SigningState.WaitingForDs, waiting.State);

        await family.DelegateAsync(1, Cancellation, key);
        await family.ComesToAsync(status => status is { State: SigningState.Signed, WaitingFor: null }, Cancellation);
    }

    [Theory]
    [InlineData(true, "NotAuthoritative")]
    [InlineData(false, "PortClosed")]
    public async Task A_parent_server_that_gives_no_answer_that_counts_is_waited_for_and_named(bool isLame, string reason)
    {
        await using var family = await Family.StartAsync(Cancellation, isLame ? PeerKind.Bind : null, isLame);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);

        var waiting = await family.WaitsForAsync(
            $"the DS of key {key.Tag} at every name server of the parent: {family.NameOf(1)} gives no answer that counts ({reason})", Cancellation);
        Assert.Equal((reason, family.ParentAt(1)), (waiting.Failure?.Reason.ToString(), waiting.Failure?.Server));

        // The operator knows better.
        family.Store.ZoneSignings.Put(family.Zone, family.Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, [family.ParentAt(0)]);
        await family.ComesToAsync(status => status is { State: SigningState.Signed, Failure: null }, Cancellation);
    }

    [Fact]
    public async Task A_rollover_ends_when_every_parent_server_has_the_new_DS_and_none_the_old()
    {
        await using var family = await Family.StartAsync(Cancellation);
        var old = await SignedAsync(family);

        family.Store.Requests.Add(RequestKind.ReplaceKeySigningKey, family.Zone.Id);
        await family.ComesToAsync(status => status.WaitingFor?.Contains("at every name server") == true, Cancellation);
        var @new = family.Keys[1].Public;
        await family.DelegateAsync(0, Cancellation, @new);
        await family.DelegateAsync(1, Cancellation, old, @new);
        ushort[] both = [old.Tag, @new.Tag];
        await family.WaitsForAsync(
            "the DS of the old key to be gone from every name server of the parent: "
            + $"{family.NameOf(1)} has that of key {string.Join(", ", both.Order())}", Cancellation);
        Assert.Equal(2, (await family.AskAsync(RecordType.DNSKEY, Cancellation)).Count);

        await family.DelegateAsync(1, Cancellation, @new);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.Equal(@new, Assert.Single(family.Keys).Public);
    }

    [Fact]
    public async Task Signing_ends_when_no_parent_server_has_a_DS_and_only_then()
    {
        await using var family = await Family.StartAsync(Cancellation);
        var key = await SignedAsync(family);

        family.Store.ZoneSignings.BeginEnd(family.Zone);
        await family.ComesToAsync(status => status is { State: SigningState.WaitingForDsRemoval, WaitingFor: { } what } && what.Contains("ns1"), Cancellation);
        Assert.Equal("0 0 0 00", Assert.Single(await family.AskAsync(RecordType.CDS, Cancellation)));
        Assert.Equal("0 3 0 AA==", Assert.Single(await family.AskAsync(RecordType.CDNSKEY, Cancellation)));

        await family.DelegateAsync(0, Cancellation);
        await family.WaitsForAsync(
            $"the DS to be gone from every name server of the parent: {family.NameOf(1)} has that of key {key.Tag}", Cancellation);
        Assert.Single(await family.AskAsync(RecordType.DNSKEY, Cancellation));

        await family.DelegateAsync(1, Cancellation);
        await Eventually.TrueAsync(async c => !(await family.SeeAsync(c)).Keys.Any(), () => family.Log, Cancellation);
        Assert.Empty(await family.AskAsync(RecordType.CDS, Cancellation));
        Assert.Empty(family.Keys);
    }

    [Fact]
    public async Task Signing_that_was_to_end_and_goes_on_waits_for_its_DS_again()
    {
        await using var family = await Family.StartAsync(Cancellation);
        var key = await SignedAsync(family);
        family.Store.ZoneSignings.BeginEnd(family.Zone);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDsRemoval, Cancellation);
        await family.DelegateAsync(0, Cancellation);

        family.Store.ZoneSignings.Put(family.Zone, family.Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, []);
        var waiting = await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, WaitingFor: { } what } && what.Contains("ns1"), Cancellation);
        Assert.DoesNotContain("ns2", waiting.WaitingFor, StringComparison.Ordinal);

        await family.DelegateAsync(0, Cancellation, key);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.Equal(key, Assert.Single(family.Keys).Public);
    }

    [Fact]
    public async Task A_key_brought_along_signs_from_the_start_and_its_DS_counts()
    {
        var scheme = SignatureScheme.Get(DnssecAlgorithm.EcdsaP256Sha256);
        var pkcs8 = scheme.Generate();
        var key = new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, scheme.PublicKeyOf(pkcs8));
        await using var family = await Family.StartAsync(
            Cancellation, key: new(0, KeyRole.Csk, key, pkcs8, KeyState.Submitted, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);

        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);

        Assert.Equal(key, Assert.Single(family.Keys).Public);
        Assert.Equal(RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Rdata.Span), Assert.Single(await family.AskAsync(RecordType.DNSKEY, Cancellation)));
    }

    [Fact]
    public async Task A_name_server_of_the_zone_that_lacks_the_new_key_holds_the_next_step_up()
    {
        await using var family = await Family.StartAsync(Cancellation, ownServers: 2);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);

        var waiting = await family.ComesToAsync(status => status.WaitingFor?.Contains("ns2.child.example") == true, Cancellation);
        Assert.EndsWith($": {family.OtherOwnServer} (ns2.child.example) to show the DNSKEY records published here (PortClosed)", waiting.WaitingFor, StringComparison.Ordinal);

        await using var other = await Peer.StartAsync(
            PeerKind.Knot, new(new PeerZone(Family.Child, null)) { ListenOn = family.OtherOwnServer, Primary = family.Own }, Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.NotNull(await Exchange.SerialAsync(family.OtherOwnServer, Family.Child, Cancellation));
    }

    /// <summary>Takes the zone to where its first key is trusted.</summary>
    private static async Task<DnsKey> SignedAsync(Family family)
    {
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        return key;
    }
}
