using ManagedDns.Dns.Client;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>BIND, NSD, Knot and PowerDNS as secondaries of the daemon.</summary>
public sealed class SecondaryTests
{
    public static TheoryData<PeerKind> Kinds => new(Enum.GetValues<PeerKind>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_takes_our_zone_with_TSIG_and_follows_our_NOTIFY(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        var file = Path.Combine(service.Store.Folder, "sample.zone");
        await File.WriteAllTextAsync(file, SampleZone.Odd(), Cancellation);
        var secondaryAt = LoopbackPort.Free();
        var zone = service.Own(SampleZone.Name, file, secondaryAt, TestKeys.Default);
        await service.ServesAsync(SampleZone.Name, 1, () => "", Cancellation);
        await using var secondary = await Peer.StartAsync(
            kind,
            new PeerSetup(new PeerZone(SampleZone.Name, null)) { Key = TestKeys.Default, Primary = service.EndPoint, ListenOn = secondaryAt },
            Cancellation);
        await FollowsAsync(1);
        Assert.Equal(await service.RecordsAsync(SampleZone.Name, Cancellation), await TakenAsync());

        await File.WriteAllTextAsync(file, SampleZone.Text(2), Cancellation);
        service.Store.Requests.Add(RequestKind.ReloadZoneFile, zone.Id);

        await FollowsAsync(2);
        Assert.Equal(await service.RecordsAsync(SampleZone.Name, Cancellation), await TakenAsync());

        Task FollowsAsync(uint serial) => Eventually.TrueAsync(
            async c => await Exchange.SerialAsync(secondary.EndPoint, SampleZone.Name, c) == serial, () => $"{serial}: {service.Log}\n{secondary.Log}", Cancellation);

        Task<IEnumerable<string>> TakenAsync() =>
            ServiceUnderTest.RecordsAsync(new Remote(secondary.EndPoint, TestKeys.Default), SampleZone.Name, Cancellation);
    }
}
