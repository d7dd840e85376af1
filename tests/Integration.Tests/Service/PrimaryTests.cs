using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Answers;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>The daemon as secondary of BIND, NSD, Knot and PowerDNS.</summary>
public sealed class PrimaryTests
{
    public static TheoryData<PeerKind> Kinds => new(Enum.GetValues<PeerKind>());

    public static TheoryData<PeerKind, Signing> KindsAndSignings =>
        new(Enum.GetValues<PeerKind>().SelectMany(k => new[] { Signing.Nsec, Signing.Nsec3, Signing.OptOut }.Select(s => (k, s))));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_zone_is_transferred_with_TSIG_and_a_change_arrives_by_NOTIFY(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await StartAsync(kind, service, TestKeys.Default, SampleZone.Text(1));
        var zone = service.Follow(SampleZone.Name, primary.EndPoint, TestKeys.Default);
        await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);
        Assert.Equal(await SentAsync(primary), await service.RecordsAsync(SampleZone.Name, Cancellation));

        await primary.ChangeAsync(SampleZone.Name, SampleZone.Text(2), Cancellation);

        // The zone's REFRESH is an hour: nothing but the NOTIFY brings the change within the bound.
        await service.ServesAsync(SampleZone.Name, 2, () => primary.Log, Cancellation);
        Assert.Equal(await SentAsync(primary), await service.RecordsAsync(SampleZone.Name, Cancellation));
        await Eventually.TrueAsync(
            () => service.StatusOf(zone) is { State: ZoneState.UpToDate, PrimarySerial: 2, PublishedSerial: 2, RecordCount: 5, LastFailure: null, LastNotify: not null },
            () => $"{service.StatusOf(zone)}\n{service.Log}", Cancellation);

        Task<IEnumerable<string>> SentAsync(Peer peer) => ServiceUnderTest.RecordsAsync(new Remote(peer.EndPoint, TestKeys.Default), SampleZone.Name, Cancellation);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_transfers_stumble_over_is_passed_on_record_by_record(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await StartAsync(kind, service, null, SampleZone.Odd());
        service.Follow(SampleZone.Name, primary.EndPoint);
        await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);

        var sent = (await Exchange.AxfrAsync(primary.EndPoint, SampleZone.Name, Cancellation)).Select(r => r.ToString()).Order(StringComparer.Ordinal);
        var passedOn = (await Exchange.AxfrAsync(service.EndPoint, SampleZone.Name, Cancellation)).Select(r => r.ToString()).Order(StringComparer.Ordinal);
        Assert.Equal(sent, passedOn);
    }

    [Theory]
    [MemberData(nameof(KindsAndSignings))]
    public async Task A_signed_zone_keeps_every_record(PeerKind kind, Signing signing)
    {
        var zone = new AnswerZone("everything", signing);
        var text = await zone.TextAsync(Cancellation);
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(
            kind, new PeerSetup(new PeerZone(zone.Origin, text)) { Key = TestKeys.Default, NotifyTarget = service.EndPoint }, Cancellation);
        service.Follow(zone.Origin, primary.EndPoint, TestKeys.Default);
        await service.ServesAsync(zone.Origin, 1, () => primary.Log, Cancellation);

        var sent = await ServiceUnderTest.RecordsAsync(new Remote(primary.EndPoint, TestKeys.Default), zone.Origin, Cancellation);
        Assert.Equal(sent, await service.RecordsAsync(zone.Origin, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_wrong_secret_an_unknown_key_and_no_key_are_told_apart_and_mended_without_restart(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await StartAsync(kind, service, TestKeys.Default, SampleZone.Text(1));
        var wrong = TestKeys.WithOtherSecret(TestKeys.Default);
        var stranger = service.Store.TsigKeys.Add(TestKeys.WithOtherName(TestKeys.Default));
        var zone = service.Follow(SampleZone.Name, primary.EndPoint, wrong);

        // PowerDNS says NOTAUTH, unsigned, whatever is wrong; Knot says it of a transfer that its ACL does not permit.
        await FailsAsync(kind == PeerKind.PowerDns ? FailureReason.NotAuthoritative : FailureReason.BadSignature);
        service.Store.Primaries.Update("primary", p => p with { TsigKeyId = stranger.Id });
        await FailsAsync(kind == PeerKind.PowerDns ? FailureReason.NotAuthoritative : FailureReason.BadKey);
        service.Store.Primaries.Update("primary", p => p with { TsigKeyId = null });
        await FailsAsync(kind is PeerKind.Bind or PeerKind.Nsd ? FailureReason.Refused : FailureReason.NotAuthoritative);

        service.Store.Primaries.Update("primary", p => p with { TsigKeyId = service.Store.TsigKeys.Get(wrong.Name).Id });
        service.Store.TsigKeys.Update(wrong.Name, k => k with { Key = TestKeys.Default });
        await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);

        Task FailsAsync(FailureReason reason) => Eventually.TrueAsync(
            () => service.StatusOf(zone)?.LastFailure is { } failure && failure.Reason == reason && primary.EndPoint.Equals(failure.Server) && failure.Remedy.Length > 0,
            () => $"{reason}: {service.StatusOf(zone)}\n{service.Log}\n{primary.Log}", Cancellation);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Killed_it_serves_the_last_version_at_once_without_its_primary(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        IEnumerable<string> before;
        await using (var primary = await StartAsync(kind, service, TestKeys.Default, SampleZone.Text(1)))
        {
            var zone = service.Follow(SampleZone.Name, primary.EndPoint, TestKeys.Default);
            await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);
            await service.KeepsAsync(zone, 1, Cancellation);
            before = await service.RecordsAsync(SampleZone.Name, Cancellation);
        }

        await service.KillAsync(Cancellation);
        await service.ServeAsync(Cancellation);

        Assert.Equal(1u, await Exchange.SerialAsync(service.EndPoint, SampleZone.Name, Cancellation));
        Assert.Equal(before, await service.RecordsAsync(SampleZone.Name, Cancellation));
    }

    private static Task<Peer> StartAsync(PeerKind kind, ServiceUnderTest service, TsigKey? key, string text) => Peer.StartAsync(
        kind, new PeerSetup(new PeerZone(SampleZone.Name, text)) { Key = key, NotifyTarget = service.EndPoint }, Cancellation);
}
