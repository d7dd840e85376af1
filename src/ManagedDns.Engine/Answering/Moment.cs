using ManagedDns.Engine.RateLimiting;

namespace ManagedDns.Engine.Answering;

/// <summary>The time, read once for all queries that are answered together.</summary>
/// <param name="Seconds">Unix time.</param>
/// <param name="Microseconds">For rate limiting; 0 where nothing is limited.</param>
internal readonly record struct Moment(long Seconds, ulong Microseconds)
{
    public static Moment Of(TimeProvider time, DateTimeOffset now, AnsweringOptions options) =>
        new(now.ToUnixTimeSeconds(), options.RateLimiter is null ? 0 : ResponseRateLimiter.Now(time));
}
