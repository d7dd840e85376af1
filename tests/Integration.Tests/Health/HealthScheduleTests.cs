using ManagedDns.Daemon;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Health;

/// <summary>When the daemon checks the health of its zones.</summary>
public sealed class HealthScheduleTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly HealthSchedule _schedule;
    private ServiceSettings _settings = ServiceSettings.Empty;
    private DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public HealthScheduleTests() => _schedule = new(id => _settings.Zones.FirstOrDefault(zone => zone.Id == id));

    [Fact]
    public void Each_zone_is_checked_soon_after_a_start_and_then_once_an_interval()
    {
        Follow(s_hour, 1, 2, 3, 4);

        Assert.Equal([1, 2, 3, 4], Due(TimeSpan.FromSeconds(2)));
        Assert.Empty(Due(s_hour - TimeSpan.FromSeconds(3)));
        Assert.Equal([1, 2, 3, 4], Due(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void The_first_checks_of_many_zones_are_spread_and_few_come_at_a_time()
    {
        Follow(s_hour, [.. Enumerable.Range(1, 7200).Select(id => (long)id)]);

        Assert.InRange(Due(s_hour / 2).Count, 3000, 4200);
        _now += s_hour;
        Assert.Equal(8, _schedule.TakeDue(_now, 8).Count);
    }

    [Fact]
    public void A_zone_that_is_added_is_checked_soon_and_one_that_is_removed_never_again()
    {
        Follow(s_hour, 1, 2);
        Assert.Equal([1, 2], Due(TimeSpan.FromSeconds(1)));

        Follow(s_hour, 2, 3);

        Assert.Equal([3], Due(TimeSpan.FromSeconds(1)));
        Assert.Equal([2, 3], Due(s_hour));
    }

    [Fact]
    public void Another_interval_holds_for_all_zones_at_once_and_zero_ends_the_checks()
    {
        Follow(s_hour, 1, 2);
        Assert.Equal([1, 2], Due(TimeSpan.FromSeconds(1)));

        Follow(TimeSpan.FromMinutes(1), 1, 2);
        Assert.Equal([1, 2], Due(TimeSpan.FromSeconds(1)));
        Assert.Equal([1, 2], Due(TimeSpan.FromMinutes(1)));

        Follow(TimeSpan.Zero, 1, 2, 3);
        Assert.Empty(Due(TimeSpan.FromDays(1)));

        Follow(s_hour, 1, 2, 3);
        Assert.Equal([1, 2, 3], Due(TimeSpan.FromSeconds(2)));
    }

    private void Follow(TimeSpan interval, params long[] ids)
    {
        _settings = ServiceSettings.Empty with
        {
            Server = ServerSettings.Default with { HealthCheckInterval = interval },
            Zones = [.. ids.Select(id => new ManagedZone(id, DomainName.Parse($"zone{id}.example"), 1, true, false, null, ""))],
        };
        _schedule.Follow(_settings, _now);
    }

    /// <summary>The zones that come to be due within this time.</summary>
    private List<long> Due(TimeSpan within)
    {
        _now += within;
        return [.. _schedule.TakeDue(_now, int.MaxValue).Select(zone => zone.Id).Order()];
    }
}
