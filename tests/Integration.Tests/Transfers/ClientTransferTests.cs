using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Transfers;

/// <summary>The client that the daemon and the testing cmdlets share, against real primaries.</summary>
public sealed class ClientTransferTests
{
    private static readonly DnsClient s_client = new(TimeProvider.System);

    public static TheoryData<PeerKind> Kinds => new(Enum.GetValues<PeerKind>());

    public static TheoryData<PeerKind, TsigAlgorithm> KindsAndAlgorithms =>
        new(Enum.GetValues<PeerKind>().SelectMany(k => Enum.GetValues<TsigAlgorithm>().Select(a => (k, a))));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(KindsAndAlgorithms))]
    public async Task A_primary_answers_SOA_and_AXFR_signed_with_any_algorithm(PeerKind kind, TsigAlgorithm algorithm)
    {
        var key = TestKeys.Of(algorithm);
        await using var peer = await Peer.StartAsync(kind, new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(7))) { Key = key }, Cancellation);
        var zone = new ZoneCollector();

        var soa = await s_client.QuerySoaAsync(new Remote(peer.EndPoint, key), SampleZone.Name, cancellation: Cancellation);
        var summary = await s_client.TransferAsync(new Remote(peer.EndPoint, key), SampleZone.Name, null, zone, cancellation: Cancellation);

        Assert.Equal(7u, soa.Serial);
        Assert.NotNull(soa.ClockSkew);
        Assert.Equal((TransferOutcome.WholeZone, 7u, 5L), (summary.Outcome, summary.Serial, summary.Records));
        Assert.Equal(RecordsOf(SampleZone.Text(7)), zone.Records);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_transfers_stumble_over_arrives_record_by_record(PeerKind kind)
    {
        await using var peer = await Peer.StartAsync(kind, new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Odd())), Cancellation);
        var zone = new ZoneCollector();

        await s_client.TransferAsync(new Remote(peer.EndPoint), SampleZone.Name, null, zone, cancellation: Cancellation);

        var sent = await Exchange.AxfrAsync(peer.EndPoint, SampleZone.Name, Cancellation);
        Assert.Equal(sent.Select(r => r.ToString()).Order(StringComparer.Ordinal), zone.Records);
        Assert.Equal(RecordsOf(SampleZone.Odd()), zone.Records);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_zone_comes_as_differences_or_whole(PeerKind kind)
    {
        await using var peer = await Peer.StartAsync(kind, new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(1))), Cancellation);
        var remote = new Remote(peer.EndPoint);
        var zone = new ZoneCollector();
        await s_client.TransferAsync(remote, SampleZone.Name, null, zone, cancellation: Cancellation);
        await peer.ChangeAsync(SampleZone.Name, SampleZone.Text(2), Cancellation);
        await Eventually.TrueAsync(async c => await Exchange.SerialAsync(peer.EndPoint, SampleZone.Name, c) == 2, () => peer.Log, Cancellation);

        var summary = await s_client.TransferAsync(remote, SampleZone.Name, 1, zone, cancellation: Cancellation);
        var again = await s_client.TransferAsync(remote, SampleZone.Name, 2, zone, cancellation: Cancellation);

        Assert.Equal(kind == PeerKind.PowerDns ? TransferOutcome.WholeZone : TransferOutcome.Differences, summary.Outcome);
        Assert.Equal(RecordsOf(SampleZone.Text(2)), zone.Records);
        Assert.Equal(TransferOutcome.UpToDate, again.Outcome);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_way_to_be_turned_away_has_its_own_reason(PeerKind kind)
    {
        await using var peer = await Peer.StartAsync(kind, new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(1))) { Key = TestKeys.Default }, Cancellation);
        var ahead = new DnsClient(new ShiftedTime(TimeSpan.FromHours(1)));

        var unsigned = await FailureAsync(s_client, new Remote(peer.EndPoint));
        var wrongSecret = await FailureAsync(s_client, new Remote(peer.EndPoint, TestKeys.WithOtherSecret(TestKeys.Default)));
        var unknownKey = await FailureAsync(s_client, new Remote(peer.EndPoint, TestKeys.WithOtherName(TestKeys.Default)));
        var wrongTime = await FailureAsync(ahead, new Remote(peer.EndPoint, TestKeys.Default));
        var noZone = await FailureAsync(s_client, new Remote(peer.EndPoint, TestKeys.Default), DomainName.Parse("elsewhere.test"));
        var nothingThere = await FailureAsync(s_client, new Remote(LoopbackPort.Free(), TestKeys.Default));

        // Knot and PowerDNS say NOTAUTH where BIND and NSD say REFUSED, and PowerDNS says it, unsigned, whatever is wrong with a signature.
        Assert.Equal(kind is PeerKind.Bind or PeerKind.Nsd ? FailureReason.Refused : FailureReason.NotAuthoritative, unsigned.Reason);
        Assert.Equal(
            kind == PeerKind.PowerDns
                ? [FailureReason.NotAuthoritative, FailureReason.NotAuthoritative, FailureReason.NotAuthoritative]
                : new[] { FailureReason.BadSignature, FailureReason.BadKey, FailureReason.BadTime },
            [wrongSecret.Reason, unknownKey.Reason, wrongTime.Reason]);
        Assert.Equal(kind == PeerKind.PowerDns, wrongTime.ClockSkew is not { TotalSeconds: > -3605 and < -3595 });
        Assert.Equal((FailureReason.NotAuthoritative, FailureReason.PortClosed), (noZone.Reason, nothingThere.Reason));
        Assert.All([unsigned, wrongSecret, unknownKey, wrongTime, noZone], f => Assert.Equal(peer.EndPoint, f.Server));
    }

    /// <summary>What the zone file says, read by our reader: what a primary has loaded and must send.</summary>
    private static IEnumerable<string> RecordsOf(string text)
    {
        using var reader = ZoneFileReader.FromText(text, SampleZone.Name);
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(ZoneCollector.Line(reader.Current));
        }

        return lines.Order(StringComparer.Ordinal);
    }

    private static async Task<Failure> FailureAsync(DnsClient client, Remote remote, DomainName? zone = null) => (await Assert.ThrowsAsync<DnsFailureException>(
        () => client.TransferAsync(remote, zone ?? SampleZone.Name, null, new ZoneCollector(), cancellation: Cancellation))).Failure;
}
