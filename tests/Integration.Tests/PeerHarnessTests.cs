using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests;

/// <summary>The harness itself: what the other tests build on must hold between the peers alone.</summary>
public sealed class PeerHarnessTests
{
    private static readonly DomainName s_zone = DomainName.Parse("harness.test");
    private static readonly TsigKey s_key = new(DomainName.Parse("harness.key"), TsigAlgorithm.HmacSha256, "a secret of thirty-two octets..."u8.ToArray());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Text(uint serial) => $"""
        $ORIGIN {s_zone}
        $TTL 300
        @ SOA ns hostmaster {serial} 3600 900 604800 300
        @ NS ns
        ns A 192.0.2.1
        v{serial} TXT "new"
        """ + "\n";

    public static TheoryData<PeerKind, PeerKind> Pairs => new(
        [(PeerKind.Bind, PeerKind.Knot), (PeerKind.Knot, PeerKind.Nsd), (PeerKind.Nsd, PeerKind.PowerDns), (PeerKind.PowerDns, PeerKind.Bind)]);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task One_peer_follows_another_by_a_signed_transfer_and_NOTIFY(PeerKind primaryKind, PeerKind secondaryKind)
    {
        var secondaryPort = LoopbackPort.Free();
        await using var primary = await Peer.StartAsync(primaryKind, new PeerSetup(new PeerZone(s_zone, Text(1))) { Key = s_key, NotifyTarget = secondaryPort }, Cancellation);
        await using var secondary = await Peer.StartAsync(
            secondaryKind, new PeerSetup(new PeerZone(s_zone, null)) { Key = s_key, Primary = primary.EndPoint, ListenOn = secondaryPort }, Cancellation);
        await SerialReachesAsync(1);

        await primary.ChangeAsync(s_zone, Text(2), Cancellation);
        await SerialReachesAsync(2);

        Task SerialReachesAsync(uint serial) => Eventually.TrueAsync(
            async c => await Exchange.SerialAsync(secondary.EndPoint, s_zone, c) == serial, () => primary.Log + secondary.Log, Cancellation);
    }
}
