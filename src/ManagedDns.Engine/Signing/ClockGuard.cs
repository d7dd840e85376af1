using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Keeps a clock that is far off from making signatures that nobody believes. A jump backwards shows by what was signed before. One forwards shows by
/// the time that really passed since the clock was last known to be right: where a peer's TSIG agreed with it (RFC 8945 §5.2.3), else at the start.
/// </summary>
internal sealed class ClockGuard(TimeProvider time)
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private Moment _right = new(time.GetTimestamp(), time.GetUtcNow(), IsWitnessed: false);

    /// <summary>A peer that has the secret of a TSIG key has the same time as this machine, to within minutes. Thread-safe.</summary>
    public void Agree()
    {
        var last = Volatile.Read(ref _right);
        var now = time.GetTimestamp();
        if (!last.IsWitnessed || time.GetElapsedTime(last.Timestamp, now) >= s_interval || Jump(last).Duration() > s_tolerance)
        {
            Volatile.Write(ref _right, new(now, time.GetUtcNow(), IsWitnessed: true));
        }
    }

    /// <param name="before">The version served; null: there is none, and nothing to lose.</param>
    /// <exception cref="DnsFailureException">ClockOff.</exception>
    public void Require(DomainName zone, ZoneSigning setting, ZoneContents? before, DateTimeOffset now)
    {
        var right = Volatile.Read(ref _right);
        var jump = Jump(right);
        if (before is null || (right.IsWitnessed && jump.Duration() <= s_tolerance))
        {
            return;
        }

        if (IsAhead(before, now))
        {
            throw new DnsFailureException(new(
                FailureReason.ClockOff, null,
                $"{zone.ToDisplayString()} was signed at {SignedAt(before, now):u}, and this machine's clock says {now:u}.",
                "Set the clock of this machine; until then the version signed before is served and nothing is signed."));
        }

        // Without a witness nobody knows: it may have been wrong before, or the machine may have slept. What is signed then takes the place of what
        // ends too soon.
        if (right.IsWitnessed || jump > setting.Policy.Validity)
        {
            throw new DnsFailureException(new(
                FailureReason.ClockOff, null,
                $"This machine's clock was set {(jump > TimeSpan.Zero ? "forward" : "back")} by {(int)jump.Duration().TotalHours} hours, to {now:u}, "
                + "while the server ran.",
                "Set the clock of this machine. If it is right now, the next message that a TSIG key signs shows it, or: Restart-SecondaryServer. "
                + "Until then the version signed before is served and nothing is signed."));
        }
    }

    /// <summary>
    /// Whether a version was signed by a clock that is well ahead of this one: where this one is right, nobody believes those signatures yet.
    /// </summary>
    public static bool IsAhead(ZoneContents version, DateTimeOffset now) => SignedAt(version, now) - now > s_tolerance;

    private static DateTimeOffset? SignedAt(ZoneContents version, DateTimeOffset now) =>
        SigningFacts.InceptionOf(version) is { } inception ? Rrsig.Time(inception, now) : null;

    /// <summary>How much further the clock has come than the time that has passed.</summary>
    private TimeSpan Jump(Moment since) => time.GetUtcNow() - since.Clock - time.GetElapsedTime(since.Timestamp);

    /// <param name="Timestamp">As <see cref="TimeProvider.GetTimestamp"/> counts, whatever the clock says.</param>
    /// <param name="Clock">What the clock said.</param>
    /// <param name="IsWitnessed">Whether somebody else said so too.</param>
    private sealed record Moment(long Timestamp, DateTimeOffset Clock, bool IsWitnessed);
}
