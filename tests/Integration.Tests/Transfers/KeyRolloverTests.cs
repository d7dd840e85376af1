using System.Net;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Transfers;

/// <summary>One key takes another's place: real primaries that have only the old one or only the new one are transferred from all the same.</summary>
public sealed class KeyRolloverTests
{
    private static readonly TsigKey s_old = TestKeys.Default;

    public static TheoryData<PeerKind, bool, bool> Cases => new(
        Enum.GetValues<PeerKind>().SelectMany(kind => new[] { (kind, true, true), (kind, true, false), (kind, false, true), (kind, false, false) }));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_primary_is_asked_with_the_key_that_it_has(PeerKind kind, bool sameName, bool hasNew)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var coming = TestKeys.WithOtherSecret(sameName ? s_old : TestKeys.WithOtherName(s_old));
        var expected = hasNew ? coming : s_old;
        var setup = new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(7))) { Key = expected };
        await using var peer = await Peer.StartAsync(kind, setup, cancellation);
        var accepted = new List<(IPEndPoint Server, TsigKey Key)>();
        var client = new DnsClient(TimeProvider.System, accepted: (server, key) => accepted.Add((server, key)));
        var remote = new Remote(peer.EndPoint, new TsigKey(s_old.Name, s_old.Algorithm, s_old.Secret) { Successor = coming });
        var zone = new ZoneCollector();

        var soa = await client.QuerySoaAsync(remote, SampleZone.Name, cancellation: cancellation);
        var summary = await client.TransferAsync(remote, SampleZone.Name, null, zone, cancellation: cancellation);

        Assert.Equal((7u, 7u), (soa.Serial, summary.Serial));
        Assert.Equal(5, zone.Records.Count());
        Assert.All([soa.Key!, summary.Key!, .. accepted.Select(use => use.Key)], key => Assert.Equal(expected.Fingerprint, key.Fingerprint));
        Assert.Equal([peer.EndPoint, peer.EndPoint], accepted.Select(use => use.Server));
    }
}
