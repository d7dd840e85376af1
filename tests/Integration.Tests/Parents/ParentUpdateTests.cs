using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>The daemon puts the DS of a subdomain into a parent zone of one's own (RFC 2136): BIND or Knot as its primary, the other of the two as its secondary.</summary>
public sealed class ParentUpdateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Knot)]
    public async Task A_subdomain_of_ones_own_needs_no_hands_from_its_first_DS_to_its_last(PeerKind primary)
    {
        await using var family = await Family.StartUpdatedAsync(primary, Cancellation);

        var status = await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.Null(status.Failure);
        var first = Assert.Single(family.Keys).Public;
        await AssertDsAsync(family, first);

        family.Store.Requests.Add(RequestKind.ReplaceKeySigningKey, family.Zone.Id);
        await family.ComesToAsync(status => status.State == SigningState.RollingKey, Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        var second = Assert.Single(family.Keys).Public;
        Assert.NotEqual(first, second);
        await AssertDsAsync(family, second);

        family.Store.ZoneSignings.BeginEnd(family.Zone);
        await Eventually.TrueAsync(async c => family.Keys.Count == 0 && !(await family.SeeAsync(c)).Keys.Any(), () => family.Log, Cancellation);
        await AssertDsAsync(family);
    }

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Knot)]
    public async Task A_key_that_the_primary_does_not_know_is_told_and_the_right_one_is_taken_at_once(PeerKind primary)
    {
        var stranger = new TsigKey(DomainName.Parse("stranger.example"), TsigAlgorithm.HmacSha256, new byte[32]);
        await using var family = await Family.StartUpdatedAsync(primary, Cancellation, stranger);

        var status = await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: not null }, Cancellation);
        Assert.Equal((FailureReason.BadKey, family.ParentAt(primary == PeerKind.Bind ? 1 : 0)), (status.Failure!.Reason, status.Failure.Server));
        Assert.Null(status.ParentTold);

        var key = family.Store.TsigKeys.Add(Family.UpdateKey);
        var signing = family.Store.ZoneSignings.Find(family.Zone.Id)!;
        family.Store.ZoneSignings.Put(family.Zone, signing.Policy.Id, [], parentPrimary: signing.ParentPrimary! with { TsigKeyId = key.Id });
        await family.ComesToAsync(status => status is { State: SigningState.Signed, Failure: null }, Cancellation);
    }

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Knot)]
    public async Task A_zone_that_the_parent_does_not_delegate_gets_no_DS_there(PeerKind primary)
    {
        await using var family = await Family.StartUpdatedAsync(primary, Cancellation, isDelegated: false);

        var status = await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: not null }, Cancellation);

        Assert.Equal(FailureReason.NameError, status.Failure!.Reason);
        Assert.Contains("does not delegate child.example", status.Failure.Message);
        Assert.Empty(await family.AskParentAsync(0, Cancellation));
    }

    [Fact]
    public async Task A_key_that_was_made_elsewhere_succeeds_the_one_in_use()
    {
        await using var family = await Family.StartUpdatedAsync(PeerKind.Knot, Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        var scheme = SignatureScheme.Get(DnssecAlgorithm.EcdsaP256Sha256);
        var pkcs8 = scheme.Generate();
        var key = new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, scheme.PublicKeyOf(pkcs8));

        family.Store.ZoneKeys.Import(family.Zone, KeyRole.Csk, key, pkcs8);
        await family.ComesToAsync(
            status => status.State == SigningState.Signed && family.Keys is [var only] && only.Public.Equals(key), Cancellation);

        await AssertDsAsync(family, key);
        await family.SeeAsync(Cancellation);
    }

    private static async Task AssertDsAsync(Family family, params DnsKey[] keys)
    {
        var expected = keys.Select(key => RdataText.Format(RecordType.DS, RecordClass.IN, key.Ds(Family.Child, DsDigestType.Sha256)));
        foreach (var index in new[] { 0, 1 })
        {
            Assert.Equal(expected, await family.AskParentAsync(index, Cancellation));
        }
    }
}
