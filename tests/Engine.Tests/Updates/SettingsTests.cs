using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;

namespace ManagedDns.Engine.Tests.Updates;

/// <summary>Settings that change while the server runs: what differs is applied, the rest is left alone.</summary>
public class SettingsTests
{
    private static readonly DomainName s_other = DomainName.Parse("example.net");

    [Fact]
    public async Task A_changed_key_touches_the_zones_that_use_it_and_no_other()
    {
        await using var first = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var second = new TestPrimary(TestZone.Text(1), name: s_other);
        await using var server = await TestServer.StartAsync(TwoZones(first, second));
        await server.HasSerialAsync(1);
        await server.Observed.WaitAsync(2, ZoneState.UpToDate);

        var wrong = new TsigKey(TestServer.Key.Name, TsigAlgorithm.HmacSha256, new byte[8]);
        server.Apply(settings => settings with { TsigKeys = settings.TsigKeys.SetItem(1, new(1, wrong, "")) });
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is not null);
        Assert.Equal(FailureReason.BadSignature, status.LastFailure!.Reason);
        Assert.Equal([RecordType.AXFR], second.Asked);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());

        server.Apply(settings => settings with { TsigKeys = settings.TsigKeys.SetItem(1, new(1, TestServer.Key, "")) });
        await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is null);
        Assert.Equal([RecordType.AXFR], second.Asked);
    }

    [Fact]
    public async Task Settings_that_say_the_same_cost_no_query()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        var seen = server.Observed.History.Count;
        server.Apply(settings => settings with { Zones = [settings.Zones[0] with { Comment = "" }] });
        Assert.Equal(1, server.Server.Settings.Generation);
        Assert.Equal(seen, server.Observed.History.Count);
        Assert.Equal([RecordType.AXFR], primary.Asked);
    }

    [Fact]
    public async Task A_new_zone_starts_and_a_removed_one_is_refused_and_forgotten()
    {
        await using var first = new TestPrimary(TestZone.Text(1));
        await using var second = new TestPrimary(TestZone.Text(1), name: s_other);
        var settings = TwoZones(first, second);
        await using var server = await TestServer.StartAsync(settings with { Zones = [settings.Zones[0]] });
        await server.HasSerialAsync(1);
        Assert.Equal(ResponseCode.Refused, await server.CodeAsync("www.example.net"));

        server.Apply(_ => settings with { Zones = [settings.Zones[1]] });
        await server.Observed.WaitAsync(2, ZoneState.UpToDate);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("www.example.net"));
        Assert.Equal(ResponseCode.Refused, await server.CodeAsync());
        await server.Server.StopAsync();
        Assert.Equal([2], server.Store.List().Select(content => content.ZoneId));
    }

    [Fact]
    public async Task A_primary_that_is_enabled_is_asked_at_once()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure?.Reason == FailureReason.NoPrimary);
        server.Apply(settings => settings with { Primaries = [TestServer.Primary(1, 1, primary.Remote)] });
        await server.HasSerialAsync(1);
    }

    [Fact]
    public async Task New_listen_addresses_are_opened_and_old_ones_closed_without_a_restart()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var (settings, second, third) = (TestServer.Secondary(primary.Remote), IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"));
        var old = new IPEndPoint(IPAddress.Loopback, LoopbackPort.FreeOn(IPAddress.Loopback, second, third));
        await using var server = await TestServer.StartAsync(settings with { Server = settings.Server with { Port = old.Port } });
        await server.HasSerialAsync(1);
        server.Apply(before => before with { Server = before.Server with { ListenAddresses = [second, third] } });
        Assert.Equal([new(second, old.Port), new(third, old.Port)], server.Server.EndPoints);
        Assert.Null(server.Server.ListenFailure);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        await LoopbackPort.FreedAsync(old, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_wildcard_address_can_be_changed_for_one_that_it_covers_on_the_same_port()
    {
        var settings = TestServer.Secondary();
        var port = LoopbackPort.FreeOn(IPAddress.Any);
        await using var server = await TestServer.StartAsync(settings with { Server = settings.Server with { ListenAddresses = [IPAddress.Any], Port = port } });
        server.Apply(before => before with { Server = before.Server with { ListenAddresses = [IPAddress.Loopback] } });
        Assert.Null(server.Server.ListenFailure);
        Assert.Equal([new(IPAddress.Loopback, port)], server.Server.EndPoints);
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
    }

    [Fact]
    public async Task Two_zones_that_swap_their_names_are_served_under_the_new_ones()
    {
        await using var first = new TestPrimary(TestZone.Text(1));
        await using var second = new TestPrimary(TestZone.Text(1), name: s_other);
        await using var server = await TestServer.StartAsync(TwoZones(first, second));
        await server.Observed.WaitAsync(1, ZoneState.UpToDate);
        await server.Observed.WaitAsync(2, ZoneState.UpToDate);
        server.Apply(settings => settings with
        {
            Zones = [settings.Zones[0] with { Name = s_other, CommonSettingId = 2 }, settings.Zones[1] with { Name = TestZone.Name, CommonSettingId = 1 }],
        });
        await server.Observed.WaitAsync(1, ZoneState.UpToDate);
        await server.Observed.WaitAsync(2, ZoneState.UpToDate);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("www.example.org"));
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("www.example.net"));
    }

    [Fact]
    public async Task Settings_that_break_for_one_zone_are_applied_to_the_others_and_to_it_the_next_time()
    {
        await using var first = new TestPrimary(TestZone.Text(1));
        await using var second = new TestPrimary(TestZone.Text(1), name: s_other);
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        var broken = true;
        server.Observed.Fault = status => broken && status.ZoneId == 2 ? new InvalidOperationException("broken") : null;
        Assert.Throws<AggregateException>(() => server.Apply(_ => TwoZones(first, second)));
        await server.HasSerialAsync(1);
        Assert.Equal(0, server.Server.Settings.Generation);

        broken = false;
        server.Apply(settings => settings);
        await server.Observed.WaitAsync(2, ZoneState.UpToDate);
        Assert.Equal(2, server.Server.Settings.Generation);
    }

    [Fact]
    public async Task Listen_addresses_that_cannot_be_had_leave_the_old_ones_in_service_and_say_why()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        var before = server.Server.EndPoints;
        server.Apply(settings => settings with { Server = settings.Server with { ListenAddresses = [IPAddress.Loopback, IPAddress.Parse("192.0.2.1")] } });
        Assert.Equal(FailureReason.AddressNotLocal, server.Server.ListenFailure?.Reason);
        Assert.Equal(before, server.Server.EndPoints);
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
    }

    [Fact]
    public async Task A_port_that_is_taken_fails_the_start_with_the_address_and_what_to_do()
    {
        await using var first = await TestServer.StartAsync(TestServer.Secondary());
        var settings = TestServer.Secondary();
        await using var second = new TestServer(settings with { Server = settings.Server with { Port = first.EndPoint.Port } });
        var failure = (await Assert.ThrowsAsync<DnsFailureException>(() => second.Server.StartAsync(TestContext.Current.CancellationToken))).Failure;
        Assert.Equal(FailureReason.PortInUse, failure.Reason);
        Assert.Equal(first.EndPoint, failure.Server);
        Assert.Contains("Set-SecondaryServer", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_addresses_with_port_0_share_one_free_port_over_UDP_and_TCP()
    {
        var settings = TestServer.Secondary();
        await using var server = await TestServer.StartAsync(
            settings with { Server = settings.Server with { ListenAddresses = [IPAddress.Loopback, IPAddress.IPv6Loopback] } });
        var ports = server.Server.EndPoints.Select(endPoint => endPoint.Port).Distinct();
        Assert.Single(ports);
        foreach (var transport in new[] { DnsTransport.Udp, DnsTransport.Tcp })
        {
            Assert.Equal(ResponseCode.ServFail, (await server.QueryAsync("www.example.org", RecordType.A, transport)).Code);
        }
    }

    private static ServiceSettings TwoZones(TestPrimary first, TestPrimary second)
    {
        var settings = TestServer.Secondary(first.Remote);
        return settings with
        {
            CommonSettings = settings.CommonSettings.Add(2, new(2, "Other", false, "")),
            Primaries = settings.Primaries.Add(TestServer.Primary(2, 2, second.Remote)),
            Zones = settings.Zones.Add(new(2, s_other, 2, true, false, null, "")),
        };
    }
}
