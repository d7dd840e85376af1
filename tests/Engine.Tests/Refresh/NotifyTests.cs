using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>NOTIFY from primaries (RFC 1996): who is heard, and what comes of it.</summary>
public class NotifyTests
{
    private static readonly IPAddress s_stranger = IPAddress.Parse("127.0.0.99");

    [Fact]
    public async Task A_change_arrives_by_NOTIFY_from_the_primarys_address()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync(soa: Soa(2));
        var status = await server.HasSerialAsync(2);
        Assert.NotNull(status.LastNotify);
        Assert.Equal(2u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task A_NOTIFY_from_elsewhere_is_heard_when_a_primarys_key_signs_it()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync(TestServer.Key, s_stranger);
        await server.HasSerialAsync(2);
    }

    [Fact]
    public async Task A_NOTIFY_of_a_stranger_is_refused_and_the_log_tells_the_remedy()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => server.NotifyAsync(from: s_stranger));
        Assert.Equal(ResponseCode.Refused, failure.Failure.ResponseCode);
        Assert.Contains(server.Log, line => line.Contains("127.0.0.99", StringComparison.Ordinal) && line.Contains("New-PrimaryNameServer", StringComparison.Ordinal));
        Assert.Null(server.Zone.LastNotify);
    }

    [Fact]
    public async Task A_NOTIFY_from_a_network_that_is_listed_beside_the_primaries_is_heard()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(primary.Remote);
        var common = settings.CommonSettings[1] with { NotifySenders = [IPNetwork.Parse("127.0.0.96/28")] };
        await using var server = await TestServer.StartAsync(settings with { CommonSettings = settings.CommonSettings.SetItem(1, common) });
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync(from: s_stranger);
        await server.HasSerialAsync(2);
    }

    [Fact]
    public async Task A_NOTIFY_signed_with_a_wrong_secret_is_not_heard()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        var forged = new TsigKey(TestServer.Key.Name, TsigAlgorithm.HmacSha256, new byte[8]);
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => server.NotifyAsync(forged));
        Assert.Equal(FailureReason.BadSignature, failure.Failure.Reason);
        Assert.Null(server.Zone.LastNotify);
    }

    [Fact]
    public async Task A_NOTIFY_for_a_zone_that_is_not_managed_is_NOTAUTH()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => server.NotifyAsync(zone: DomainName.Parse("example.net")));
        Assert.Equal(ResponseCode.NotAuth, failure.Failure.ResponseCode);
    }

    [Fact]
    public async Task A_disabled_primary_is_a_stranger()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(primary.Remote);
        await using var server = await TestServer.StartAsync(settings with { Primaries = [settings.Primaries[0] with { Enabled = false }] });
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => server.NotifyAsync());
        Assert.Equal(ResponseCode.Refused, failure.Failure.ResponseCode);
    }

    [Fact]
    public async Task A_NOTIFY_with_the_serial_that_is_served_starts_nothing()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        await server.NotifyAsync(soa: Soa(1));
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastNotify is not null);
        Assert.Equal([RecordType.AXFR], primary.Asked);
    }

    [Fact]
    public async Task A_primary_that_lags_behind_its_NOTIFY_is_asked_again_until_it_has_the_serial()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        await server.NotifyAsync(soa: Soa(2));
        await server.Observed.WaitAsync(TestServer.ZoneId, _ => primary.TimesAsked(RecordType.SOA) >= 2);
        primary.Serve(TestZone.Text(2));
        await server.HasSerialAsync(2);
    }

    [Fact]
    public async Task A_transfer_that_fails_after_a_NOTIFY_is_tried_again_long_before_REFRESH()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, refresh: 86400, retry: 7200, expire: 604800));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2));
        primary.CutAfter = 0;
        await server.NotifyAsync(soa: Soa(2));
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure is { Reason: FailureReason.ConnectionClosed });

        primary.CutAfter = null;
        await server.HasSerialAsync(2);
    }

    [Fact]
    public async Task A_NOTIFY_that_tells_a_serial_nobody_has_costs_a_bounded_number_of_queries()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: time);
        await server.HasSerialAsync(1);
        await server.NotifyAsync(soa: Soa(99));
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.NextRefresh - time.GetUtcNow() < TimeSpan.FromMinutes(1));
        while (status.NextRefresh - time.GetUtcNow() < TimeSpan.FromMinutes(10))
        {
            var last = status;
            time.Advance(TimeSpan.FromSeconds(20));
            status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.State == ZoneState.UpToDate && seen.NextRefresh > last.NextRefresh);
        }

        // One query, five more, and those that the leaping clock made to be sent twice.
        Assert.InRange(primary.TimesAsked(RecordType.SOA), 6, 12);
        Assert.InRange((status.NextRefresh - time.GetUtcNow())!.Value.TotalSeconds, 3200, 3600);
    }

    [Fact]
    public async Task Forged_NOTIFYs_that_tell_ever_new_serials_cost_a_bounded_number_of_queries()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: time);
        await server.HasSerialAsync(1);
        for (var serial = 100u; serial < 400; serial++)
        {
            await server.NotifyAsync(soa: Soa(serial));
        }

        // A zone's cycles come one after the other: when this one has ended, so have those that the NOTIFYs started.
        primary.Serve(TestZone.Text(2));
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(2);
        Assert.InRange(primary.TimesAsked(RecordType.SOA), 1, 12);
    }

    [Fact]
    public async Task A_change_is_heard_of_although_forged_NOTIFYs_came_before_it()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: time);
        await server.HasSerialAsync(1);
        for (var i = 0; i < 20; i++)
        {
            await server.NotifyAsync();
        }

        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync();
        var arrived = server.HasSerialAsync(2);
        for (var seconds = 0; !arrived.IsCompleted && seconds < 70; seconds++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await server.ServedSerialAsync();
        }

        await arrived;
    }

    [Fact]
    public async Task Of_several_primaries_the_one_that_sent_the_NOTIFY_is_asked_first()
    {
        await using var first = new TestPrimary(TestZone.Text(1));
        await using var second = new TestPrimary(TestZone.Text(1), address: s_stranger);
        await using var server = await TestServer.StartAsync(TestServer.Secondary(first.Remote, second.Remote));
        await server.HasSerialAsync(1);
        second.Serve(TestZone.Text(2));
        await server.NotifyAsync(from: s_stranger, soa: Soa(2));
        var status = await server.HasSerialAsync(2);
        Assert.Equal(second.EndPoint, status.Primary);
        Assert.Equal([RecordType.AXFR], first.Asked);
    }

    private static ResourceRecord Soa(uint serial)
    {
        using var zone = TestZone.Build(TestZone.Text(serial));
        return zone.Find(TestZone.Name, RecordType.SOA)[0];
    }
}
