using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>Keeps a clock that is far off from making signatures that nobody believes.</summary>
internal sealed class ClockGuard(TimeProvider time)
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromHours(2);

    private readonly long _started = time.GetTimestamp();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <param name="before">The version served; null: there is none, and nothing to lose.</param>
    /// <exception cref="DnsFailureException">ClockOff.</exception>
    public void Require(DomainName zone, ZoneSigning setting, ZoneContents? before, DateTimeOffset now)
    {
        if (before is null)
        {
            return;
        }

        if (SigningFacts.InceptionOf(before) is { } inception && Rrsig.Time(inception, now) - now > s_tolerance)
        {
            throw new DnsFailureException(new(
                FailureReason.ClockOff, null, $"{zone.ToDisplayString()} was signed at {Rrsig.Time(inception, now):u}, and this machine's clock says {now:u}.",
                "Set the clock of this machine; until then the version signed before is served and nothing is signed."));
        }

        // Set forward by less, it may have been wrong before, or the machine may have slept: what is signed now takes the place of what would have ended.
        var jump = now - _startedAt - time.GetElapsedTime(_started);
        if (jump > setting.Policy.Validity)
        {
            throw new DnsFailureException(new(
                FailureReason.ClockOff, null, $"This machine's clock was set forward by {jump.TotalDays:0} days, to {now:u}, while the server ran.",
                "Set the clock of this machine; if it is right now: Restart-SecondaryServer. Until then the version signed before is served and nothing is signed."));
        }
    }
}
