namespace ManagedDns.Engine.Refresh;

/// <summary>
/// The timers of a zone's SOA as the scheduler uses them: clamped against values that would hammer a primary or lose sight of it, and spread a
/// little, so that zones loaded together do not stay together.
/// </summary>
/// <param name="Expire">From the last success to the end of service. Kept as the zone says, save that it is never nothing.</param>
internal readonly record struct RefreshTimers(TimeSpan Refresh, TimeSpan Retry, TimeSpan Expire)
{
    private static readonly TimeSpan s_minimumRefresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_minimumRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minimumExpire = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_maximumRefresh = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_maximumRetry = TimeSpan.FromDays(1);

    /// <summary>For a zone of which we have nothing yet, so no SOA either.</summary>
    public static readonly RefreshTimers Unknown = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5), TimeSpan.Zero);

    /// <summary>The first delay after a failure; it doubles up to the zone's RETRY, so that a short trouble does not cost a long interval.</summary>
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(2);

    public static RefreshTimers From(uint refreshSeconds, uint retrySeconds, uint expireSeconds)
    {
        var expire = Max(TimeSpan.FromSeconds(expireSeconds), s_minimumExpire);

        // A zone whose EXPIRE is shorter than its REFRESH would expire in every interval: ask at least twice before the end.
        var refresh = Min(Clamp(TimeSpan.FromSeconds(refreshSeconds), s_minimumRefresh, s_maximumRefresh), expire / 2);
        var retry = Min(Clamp(TimeSpan.FromSeconds(retrySeconds), s_minimumRetry, s_maximumRetry), refresh);
        return new(refresh, retry, expire);
    }

    /// <summary>The time to the next regular check: REFRESH, less up to a tenth.</summary>
    public TimeSpan NextRefresh(Random random) => Refresh * (1 - (0.1 * random.NextDouble()));

    /// <summary>The time to a check that must come before a zone expires that has less than SOA EXPIRE left.</summary>
    public TimeSpan Within(TimeSpan expire, TimeSpan wait) => expire < Expire ? Min(wait, Max(expire / 2, s_minimumRetry)) : wait;

    /// <summary>The time to the next try after <paramref name="failures"/> failed cycles in a row (1 or more), less up to a fifth.</summary>
    public TimeSpan NextRetry(int failures, Random random)
    {
        var quick = s_firstRetry * Math.Pow(2, Math.Min(failures, 30) - 1);
        return Min(quick, Retry) * (1 - (0.2 * random.NextDouble()));
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) => Min(Max(value, least), most);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
