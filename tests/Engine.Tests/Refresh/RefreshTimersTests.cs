using ManagedDns.Engine.Refresh;

namespace ManagedDns.Engine.Tests.Refresh;

public class RefreshTimersTests
{
    [Fact]
    public void Timers_that_make_sense_are_kept()
    {
        var timers = RefreshTimers.From(3600, 600, 1_209_600);
        Assert.Equal(new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), TimeSpan.FromDays(14)), timers);
    }

    [Fact]
    public void Timers_of_zero_do_not_hammer_the_primary()
    {
        var timers = RefreshTimers.From(0, 0, 0);
        Assert.Equal(TimeSpan.FromSeconds(3), timers.Expire);
        Assert.Equal(TimeSpan.FromSeconds(1.5), timers.Refresh);
        Assert.Equal(TimeSpan.FromSeconds(1), timers.Retry);
    }

    [Fact]
    public void A_refresh_of_decades_is_shortened_to_a_week_and_expire_is_not()
    {
        var timers = RefreshTimers.From(uint.MaxValue, uint.MaxValue, uint.MaxValue);
        Assert.Equal(TimeSpan.FromDays(7), timers.Refresh);
        Assert.Equal(TimeSpan.FromDays(1), timers.Retry);
        Assert.Equal(TimeSpan.FromSeconds(uint.MaxValue), timers.Expire);
    }

    [Fact]
    public void A_zone_with_an_EXPIRE_below_its_REFRESH_is_asked_for_twice_before_it_expires()
    {
        var timers = RefreshTimers.From(3600, 600, 100);
        Assert.Equal(TimeSpan.FromSeconds(50), timers.Refresh);
        Assert.Equal(TimeSpan.FromSeconds(50), timers.Retry);
        Assert.Equal(TimeSpan.FromSeconds(100), timers.Expire);
    }

    [Fact]
    public void Checks_of_zones_loaded_together_spread_over_the_last_tenth_of_REFRESH()
    {
        var timers = RefreshTimers.From(1000, 100, 100_000);
        var random = new Random(1);
        var waits = Enumerable.Range(0, 1000).Select(_ => timers.NextRefresh(random).TotalSeconds).ToList();
        Assert.All(waits, wait => Assert.InRange(wait, 900, 1000));
        Assert.True(waits.Max() - waits.Min() > 90);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 8)]
    [InlineData(8, 256)]
    [InlineData(9, 300)]
    [InlineData(1000, 300)]
    public void Retries_start_after_seconds_and_slow_down_to_RETRY(int failures, double seconds)
    {
        var wait = RefreshTimers.From(3600, 300, 86400).NextRetry(failures, new Random(1)).TotalSeconds;
        Assert.InRange(wait, seconds * 0.8, seconds);
    }
}
