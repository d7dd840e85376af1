using System.Net;
using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Daemon;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Paths;

/// <summary>
/// The daemon and its primary (another one) with a path between them that loses, delays and cuts: what comes of it, why, and what is tried next.
/// </summary>
public sealed class BadPathTests : IAsyncLifetime
{
    private const int Port = 5353;
    private const int Udp = 17;
    private const int Hosts = 20_000;

    private readonly DaemonUnderTest _primary = new();
    private readonly DaemonUnderTest _secondary = new();
    private BadPath _path = null!;
    private ManagedZone _zone = null!;
    private string _file = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _path = await BadPath.MakeAsync(Cancellation);
        var there = _primary.Store;
        there.Server.Update(server => server with { ListenAddresses = [BadPath.There], Port = Port });
        var common = there.CommonSettings.GetDefault().Id;
        there.ZoneTransferAcls.Add(common, IPNetwork.Parse("10.53.0.0/24"));
        there.NotifyTargets.Add(common, BadPath.Here, Port);
        _file = Path.Combine(_primary.StorePath, "sample.zone");
        await File.WriteAllTextAsync(_file, Text(1), Cancellation);
        there.Zones.Add(SampleZone.Name, common, zoneFile: _file);

        var here = _secondary.Store;
        here.Server.Update(server => server with { ListenAddresses = [BadPath.Here], Port = Port, HealthCheckInterval = TimeSpan.Zero });
        common = here.CommonSettings.GetDefault().Id;
        here.CommonSettings.Update(CommonSetting.DefaultName, old => old with { Limits = old.Limits with { Idle = TimeSpan.FromSeconds(2) } });
        here.Primaries.Add("primary", common, BadPath.There, Port);
        here.Primaries.Update("primary", primary => primary with { Enabled = true });
        here.Zones.Add(SampleZone.Name, common);
        _zone = here.Zones.Update(SampleZone.Name, zone => zone with { ProxyEnabled = true });
        _primary.Foreground(_path.On(BadPath.There));
        await Eventually.TrueAsync(() => there.Status.Server() is { State: ServerState.Running }, () => _primary.Log, Cancellation);
    }

    [Fact]
    public async Task Where_a_packet_in_ten_is_lost_each_way_a_zone_and_its_change_come_all_the_same()
    {
        (_path.Passes, _path.Delay) = (BadPath.Losing(0.1), TimeSpan.FromMilliseconds(5));
        _secondary.Foreground(_path.On(BadPath.Here));
        await HasAsync(1);

        await File.WriteAllTextAsync(_file, Text(2), Cancellation);
        await HasAsync(2);
    }

    [Fact]
    public async Task A_path_that_is_cut_in_mid_transfer_is_a_timeout_and_the_zone_comes_by_itself_once_it_is_whole()
    {
        var passed = 0;
        _path.Passes = packet => Interlocked.Add(ref passed, packet.Length) < 200_000;
        _secondary.Foreground(_path.On(BadPath.Here));
        var failed = await FailsAsync();
        Assert.Equal(FailureReason.Timeout, failed.Reason);
        await Eventually.TrueAsync(
            () => _secondary.Store.Status.Transfers(_zone.Id)
                .Any(report => report is { Failure.Reason: FailureReason.Timeout, Bytes: > 0, Records: > 0 }),
            () => _secondary.Log, Cancellation);

        _path.Passes = _ => true;
        await HasAsync(1);
    }

    [Fact]
    public async Task Where_UDP_does_not_get_through_the_change_is_found_over_TCP()
    {
        _secondary.Foreground(_path.On(BadPath.Here));
        await HasAsync(1);
        _path.Passes = packet => packet[9] != Udp;
        await File.WriteAllTextAsync(_file, Text(2), Cancellation);
        await Eventually.TrueAsync(
            () => _primary.Store.Status.Zones().Values.Any(status => status.PublishedSerial == 2), () => _primary.Log, Cancellation);

        // No NOTIFY came either.
        _secondary.Store.Requests.Add(RequestKind.TransferZone, _zone.Id);
        await HasAsync(2);
    }

    [Fact]
    public async Task Where_large_packets_vanish_without_a_word_the_version_served_stays_and_the_reason_is_told()
    {
        _secondary.Foreground(_path.On(BadPath.Here));
        await HasAsync(1);
        _path.Passes = packet => packet.Length <= 1000;
        await File.WriteAllTextAsync(_file, Text(2, "198.51.100.1"), Cancellation);
        var failed = await FailsAsync();
        Assert.Equal(FailureReason.Timeout, failed.Reason);
        Assert.NotEmpty(failed.Remedy);
        Assert.Equal(1u, Status!.PublishedSerial);

        _path.Passes = _ => true;
        await HasAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _secondary.DisposeAsync();
        await _primary.DisposeAsync();
        _path?.Dispose();
    }

    private ZoneStatus? Status => _secondary.Store.Status.Zones([_zone.Id]).GetValueOrDefault(_zone.Id);

    private Task HasAsync(uint serial) => Eventually.TrueAsync(
        () => Status is { State: ZoneState.UpToDate, LastFailure: null } status && status.PublishedSerial == serial,
        () => $"{Status}\n{_secondary.Log}\n{_primary.Log}", Cancellation);

    private Task<Failure> FailsAsync() => Eventually.GetAsync(_ => Task.FromResult(Status?.LastFailure), () => _secondary.Log, Cancellation);

    private static string Text(uint serial, string address = "192.0.2.1") =>
        SampleZone.Text(serial) + string.Join('\n', Enumerable.Range(0, Hosts).Select(host => $"host{host} A {address}")) + "\n";
}
