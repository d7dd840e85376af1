using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>What becomes of a zone whose primaries are gone, and of one that is started again.</summary>
public class ExpiryTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryContentStore _store = new();

    [Fact]
    public async Task A_zone_expires_when_SOA_EXPIRE_has_passed_since_the_last_success_and_lives_again_with_the_same_serial()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 7200));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: _time);
        await server.HasSerialAsync(1);
        primary.Denial = ResponseCode.ServFail;

        await AdvanceAsync(server, TimeSpan.FromSeconds(7190));
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        await AdvanceAsync(server, TimeSpan.FromSeconds(20));
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Expired);
        Assert.Equal(1u, status.PublishedSerial);
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());

        primary.Denial = null;
        await server.NotifyAsync();
        await server.HasSerialAsync(1);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        Assert.Equal(1, primary.TimesAsked(RecordType.AXFR));
    }

    [Fact]
    public async Task A_primary_that_is_itself_cut_off_lends_no_more_time_than_it_has_left()
    {
        // RFC 7314: the hidden primary is gone after the first transfer; the relay between, a server of ours too, has an hour and 50 minutes left when we come.
        await using var hidden = new TestPrimary(TestZone.Text(1, refresh: 7000, expire: 7200));
        var settings = TestServer.Secondary(hidden.Remote) with { ZoneTransferAcls = [new(1, 1, System.Net.IPNetwork.Parse("127.0.0.0/8"), null)] };
        await using var relay = await TestServer.StartAsync(settings, time: _time);
        await relay.HasSerialAsync(1);
        hidden.Denial = ResponseCode.ServFail;
        _time.Advance(TimeSpan.FromMinutes(10));

        await using var server = await TestServer.StartAsync(TestServer.Secondary(relay.Remote), time: _time);
        var first = await server.HasSerialAsync(1);
        Assert.InRange(first.ExpiresAt!.Value - _time.GetUtcNow(), TimeSpan.FromSeconds(6500), TimeSpan.FromSeconds(6600));

        // A confirmation later tells of less still, and takes nothing away that the first one gave.
        _time.Advance(TimeSpan.FromMinutes(5));
        server.Take(RequestKind.TransferZone);
        var second = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastCheck > first.LastCheck && status.State == ZoneState.UpToDate);
        Assert.InRange(second.ExpiresAt!.Value - _time.GetUtcNow(), TimeSpan.FromSeconds(6200), TimeSpan.FromSeconds(6300));
    }

    [Fact]
    public async Task A_zone_that_is_going_to_expire_is_told_in_the_log_ahead_of_it()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 7200));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: _time);
        await server.HasSerialAsync(1);
        primary.Denial = ResponseCode.ServFail;
        await AdvanceAsync(server, TimeSpan.FromSeconds(3500));
        Assert.DoesNotContain(server.Log, line => line.Contains("expires in", StringComparison.Ordinal));
        await AdvanceAsync(server, TimeSpan.FromSeconds(200));
        Assert.Single(server.Log, line => line.Contains("expires in 3", StringComparison.Ordinal));
        await AdvanceAsync(server, TimeSpan.FromSeconds(1900));
        Assert.Single(server.Log, line => line.Contains("expires in 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_does_not_shorten_and_a_success_renews_the_time_to_expiry()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 7200));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: _time);
        var first = await server.HasSerialAsync(1);
        primary.Denial = ResponseCode.Refused;
        await AdvanceAsync(server, TimeSpan.FromHours(1));
        var failing = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure is not null);
        Assert.Equal(first.ExpiresAt, failing.ExpiresAt);

        primary.Denial = null;
        await AdvanceAsync(server, TimeSpan.FromMinutes(10));
        var renewed = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure is null);
        Assert.True(renewed.ExpiresAt > first.ExpiresAt + TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task After_a_restart_the_zone_is_served_before_any_primary_answers()
    {
        await using (var primary = new TestPrimary(TestZone.Text(1)))
        {
            await using var before = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), _store, _time);
            await before.HasSerialAsync(1);
        }

        await using var silent = new TestPrimary { IsSilent = true };
        await using var after = await TestServer.StartAsync(TestServer.Secondary(silent.Remote), _store, _time);
        Assert.Equal(ResponseCode.NoError, await after.CodeAsync());
        Assert.Equal(1u, await after.ServedSerialAsync());
        Assert.Equal(1u, after.Zone.PublishedSerial);
    }

    [Fact]
    public async Task Expiry_counts_across_a_restart()
    {
        await StartOnceAsync(expire: 7200);
        _time.Advance(TimeSpan.FromSeconds(7000));
        await using var silent = new TestPrimary { IsSilent = true };
        await using var server = await TestServer.StartAsync(TestServer.Secondary(silent.Remote), _store, _time);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        _time.Advance(TimeSpan.FromSeconds(201));
        await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Expired);
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
    }

    [Fact]
    public async Task A_zone_that_expired_while_the_server_was_down_is_SERVFAIL_at_once()
    {
        await StartOnceAsync(expire: 7200);
        _time.Advance(TimeSpan.FromHours(3));
        await using var silent = new TestPrimary { IsSilent = true };
        await using var server = await TestServer.StartAsync(TestServer.Secondary(silent.Remote), _store, _time);
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
    }

    [Fact]
    public async Task A_wall_clock_set_back_does_not_make_a_zone_live_longer_than_EXPIRE()
    {
        await StartOnceAsync(expire: 7200);
        var earlier = new FakeTimeProvider(_time.GetUtcNow() - TimeSpan.FromDays(30));
        await using var silent = new TestPrimary { IsSilent = true };
        await using var server = await TestServer.StartAsync(TestServer.Secondary(silent.Remote), _store, earlier);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        earlier.Advance(TimeSpan.FromSeconds(7201));
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
    }

    [Fact]
    public async Task With_the_proxy_off_a_zone_keeps_its_content_for_ever_and_enabling_it_takes_nothing_away()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 7200));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: _time);
        await server.HasSerialAsync(1);
        primary.Denial = ResponseCode.Refused;
        server.Apply(settings => settings with { Zones = [settings.Zones[0] with { ProxyEnabled = false }] });
        var off = server.Zone;
        Assert.Equal(ZoneState.Disabled, off.State);
        Assert.Null(off.ExpiresAt);

        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        server.Apply(settings => settings with { Zones = [settings.Zones[0] with { ProxyEnabled = true }] });
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure is not null);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync());
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromHours(2), server.Zone.ExpiresAt);
    }

    [Fact]
    public async Task Kept_contents_that_are_damaged_are_not_served_but_transferred_again()
    {
        await StartOnceAsync(expire: 7200);
        _store.Damage(TestServer.ZoneId);
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), _store, _time);
        await server.HasSerialAsync(1);
        Assert.Equal([RecordType.AXFR], primary.Asked);
        Assert.Contains(server.Log, line => line.Contains("damaged", StringComparison.Ordinal));
        Assert.Equal(FailureReason.ContentsDamaged, server.Observed.History[0].LastFailure!.Reason);
        Assert.Null(server.Zone.LastFailure);
    }

    [Fact]
    public async Task A_content_store_that_lost_all_while_the_server_ran_is_given_all_once_more()
    {
        await using (var primary = new TestPrimary(TestZone.Text(1)))
        await using (var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), _store, _time))
        {
            await server.HasSerialAsync(1);
            await server.Store.HasAsync(TestServer.ZoneId);
            server.Store.Lose();
            server.Server.KeepAgain();
        }

        await using var again = await TestServer.StartAsync(TestServer.Secondary(), _store, _time);
        Assert.Equal(1u, await again.ServedSerialAsync());
        Assert.NotNull(again.Zone.LastSuccess);
    }

    private async Task StartOnceAsync(uint expire)
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: expire));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), _store, _time);
        await server.HasSerialAsync(1);
    }

    /// <summary>Lets time pass in steps: what is due has happened before the next one, for a query that is under way would time out.</summary>
    private async Task AdvanceAsync(TestServer server, TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(100))
        {
            _time.Advance(left < TimeSpan.FromSeconds(100) ? left : TimeSpan.FromSeconds(100));
            await server.Observed.WaitAsync(
                TestServer.ZoneId,
                status => status.State is not (ZoneState.Probing or ZoneState.Transferring or ZoneState.Checking)
                    && !(status.NextRefresh <= _time.GetUtcNow()));
        }
    }
}
