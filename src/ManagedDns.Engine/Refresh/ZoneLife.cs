using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// What happens to a zone: every change of its state is a method here, called under <see cref="SecondaryZone.Gate"/>. When something happens is for
/// <see cref="Refresher"/> and <see cref="ZoneFiles"/> to say.
/// </summary>
/// <remarks>
/// <code>
///               proxy on              timer, NOTIFY, request               a lane is free
///   Disabled ──────────────▶ Waiting ────────────────────────▶ (queued) ──────────────────▶ Probing ──same serial──▶ UpToDate
///      ▲                      ▲ ▲ ▲                                                          │   │                    │
///      │ proxy off: the       │ │ │ no primary answered: next try after a backoff            │   │ newer, or          │ timer, NOTIFY,
///      │ cycle ends, the      │ │ └──────────────────────────────────────────────────────────┘   │ nothing held       │ request
///      │ content stays        │ │ failed on every primary                                        ▼                    ▼
///   any state                 │ └─────────────────────────────────────────────────────────── Transferring          (queued)
///                             │ rejected                                                         ▼
///                             └──────────────────────────────────────────────────────────────  Checking ──▶ published, UpToDate
///
///   SerialRegressed  is Waiting after all that primaries had was older than ours; AcceptSerial takes it once.
///   Expired          is Waiting after SOA EXPIRE has passed since the last success: SERVFAIL until a cycle succeeds, the same serial included.
///   Loaded, Failed   are the two states of a zone that comes from a master file; a catalog that is made here is Loaded too.
/// </code>
/// </remarks>
internal sealed class ZoneLife(ZonePublisher publisher, IStatusSink status, TimeProvider time, ILogger logger)
{
    /// <summary>How often a primary that lags behind a NOTIFY is asked again before the next regular check.</summary>
    private const int MostRepolls = 5;

    /// <summary>Senders of NOTIFY whose last one is shown; a signed one may come from anywhere.</summary>
    private const int SendersShown = 8;

    private static readonly TimeSpan s_lastWarning = TimeSpan.FromMinutes(10);

    /// <summary>Takes up a zone with what the store kept of it.</summary>
    public void Begin(SecondaryZone zone, KeptVersion? kept, Freshness? freshness)
    {
        if (kept is null)
        {
            publisher.Withhold(zone, UnavailableReason.NotReady);
            Show(zone, zone.Status with { State = RestingState(zone) });
            return;
        }

        Adopt(zone, new(kept.Contents.Share(), []));
        if (zone.Signed is null)
        {
            (zone.Kept, zone.Journal) = (kept, kept.Journal);
        }
        else
        {
            kept.Dispose();
        }

        var left = TimeLeft(zone, freshness);
        if (zone.IsRefreshed && left <= TimeSpan.Zero)
        {
            Expire(zone);
        }
        else
        {
            zone.ExpiresAt = zone.IsRefreshed ? time.After(left) : Clock.Never;
            zone.WarnAt = zone.IsRefreshed ? time.After(left / 2) : Clock.Never;
            publisher.Serve(zone, zone.IsRefreshed ? time.GetUtcNow() + left : null);
        }

        Show(zone, zone.Status with
        {
            State = RestingState(zone),
            LastSuccess = freshness?.LastSuccess,
            ExpiresAt = zone.IsRefreshed ? freshness?.ExpiresAt : null,
        });
    }

    /// <summary>A primary delivered <paramref name="version"/>, or without one: it confirmed the one that we have.</summary>
    /// <param name="expiresIn">How long the primary itself would serve it (RFC 7314); null: it did not say.</param>
    public void Succeed(SecondaryZone zone, NewVersion? version, IPEndPoint? primary, TimeSpan? expiresIn = null)
    {
        var now = time.GetUtcNow();
        var left = zone.ExpiresAt == Clock.Never ? TimeSpan.Zero : time.GetElapsedTime(time.GetTimestamp(), zone.ExpiresAt);
        if (version is not null)
        {
            Adopt(zone, version);
            (zone.UnsignedHints, zone.QuietUntil) = (0, 0);
        }

        var expire = TimeToServe(zone, expiresIn, version is null ? left : TimeSpan.Zero);
        var freshness = new Freshness(now, now + expire);
        if (version is not null)
        {
            publisher.Publish(zone, version.Differences, freshness);
        }
        else
        {
            publisher.Confirm(zone, freshness, wasWithheld: zone.IsExpired);
        }

        zone.IsExpired = false;
        zone.Failures = 0;
        zone.Wish &= ~Wish.Now;
        zone.ExpiresAt = time.After(expire);
        zone.WarnAt = time.After(expire / 2);
        var wait = zone.Timers.Within(expire, NextCheck(zone));
        zone.RefreshAt = time.After(wait);
        Show(zone, zone.Status with
        {
            State = ZoneState.UpToDate,
            LastCheck = now,
            LastSuccess = now,
            ExpiresAt = freshness.ExpiresAt,
            NextRefresh = now + wait,
            Primary = primary,
            LastFailure = null,
            Transfer = null,
        });
    }

    /// <summary>A cycle failed on every primary. The version served stays.</summary>
    /// <param name="notBefore">The least time to the next try.</param>
    public void Fail(SecondaryZone zone, Failure failure, TimeSpan notBefore)
    {
        zone.Failures++;
        zone.Wish &= ~Wish.Now;
        var wait = zone.Timers.NextRetry(zone.Failures, Random.Shared);
        wait = wait < notBefore ? notBefore : wait;
        zone.RefreshAt = time.After(wait);
        logger.LogWarning(
            "Zone {Zone}: refresh failed ({Failures} in a row), next try in {Wait:0.0} s. {Failure} {Remedy}",
            zone, zone.Failures, wait.TotalSeconds, failure, failure.Remedy);
        var now = time.GetUtcNow();
        Show(zone, zone.Status with
        {
            State = failure.Reason == FailureReason.SerialRegressed && !zone.IsExpired ? ZoneState.SerialRegressed : RestingState(zone),
            LastCheck = now,
            NextRefresh = now + wait,
            LastFailure = failure,
            Transfer = null,
        });
    }

    /// <summary>
    /// The cycle that runs was ended, because its primaries were changed: what it had come to is over at once, not when others are asked.
    /// </summary>
    public void Interrupt(SecondaryZone zone) => Show(zone, zone.Status with { State = RestingState(zone), Primary = null, Transfer = null });

    /// <summary>A cycle's result could not be taken up, for a reason that is nobody's at the other end: the zone is asked about again.</summary>
    public void Broke(SecondaryZone zone) => zone.RefreshAt = time.After(zone.Timers.NextRetry(++zone.Failures, Random.Shared));

    /// <summary>Half of the time that was left has passed, and no primary has confirmed the version since: the next warning comes after half of the rest.</summary>
    public void WarnOfExpiry(SecondaryZone zone)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), zone.ExpiresAt);
        zone.WarnAt = left > s_lastWarning ? time.After(left / 2) : Clock.Never;
        logger.LogWarning(
            "Zone {Zone}: expires in {Left:0} s, at {ExpiresAt:u}, unless a primary confirms serial {Serial} before. The last success was at {LastSuccess:u}. "
            + "{Failure} {Remedy}",
            zone, left.TotalSeconds, time.GetUtcNow() + left, zone.Contents!.Serial, zone.Status.LastSuccess, zone.Status.LastFailure,
            zone.Status.LastFailure?.Remedy);
    }

    /// <summary>SOA EXPIRE has passed since the last success.</summary>
    public void Expire(SecondaryZone zone)
    {
        zone.IsExpired = true;
        (zone.ExpiresAt, zone.WarnAt) = (Clock.Never, Clock.Never);
        publisher.Withhold(zone, UnavailableReason.InvalidData);
        logger.LogError(
            "Zone {Zone}: expired. No primary has confirmed serial {Serial} for SOA EXPIRE ({Expire}); it is answered with SERVFAIL until one does.",
            zone, zone.Contents!.Serial, zone.Timers.Expire);
        Show(zone, zone.Status with { State = ZoneState.Expired });
    }

    /// <summary>The proxy was turned off: the zone keeps what it last had, for as long as that lasts.</summary>
    public void Rest(SecondaryZone zone)
    {
        zone.RefreshAt = Clock.Never;
        (zone.ExpiresAt, zone.WarnAt) = (Clock.Never, Clock.Never);
        zone.Failures = 0;
        zone.Wish = Wish.None;
        zone.NotifiedSerial = null;
        zone.IsExpired = false;
        if (zone.Contents is not null)
        {
            publisher.Serve(zone, null);
        }

        Show(zone, zone.Status with { State = RestingState(zone), NextRefresh = null, ExpiresAt = null, LastFailure = null, Transfer = null });
    }

    /// <summary>The proxy was turned on. What the zone has kept meanwhile counts from now: enabling must not take a served zone away.</summary>
    public void Enable(SecondaryZone zone)
    {
        DateTimeOffset? expiresAt = null;
        if (zone.Contents is not null)
        {
            var now = time.GetUtcNow();
            expiresAt = now + zone.Timers.Expire;
            zone.ExpiresAt = time.After(zone.Timers.Expire);
            zone.WarnAt = time.After(zone.Timers.Expire / 2);
            publisher.Confirm(zone, new(zone.Status.LastSuccess ?? now, expiresAt.Value), wasWithheld: false);
        }

        Show(zone, zone.Status with { State = ZoneState.Waiting, ExpiresAt = expiresAt });
    }

    /// <summary>The zone's file was read and its content is good.</summary>
    /// <param name="version">Null: it is what is served already.</param>
    public void Load(SecondaryZone zone, NewVersion? version)
    {
        if (version is not null)
        {
            Adopt(zone, version);
            publisher.Publish(zone, version.Differences, null);
        }

        var now = time.GetUtcNow();
        Show(zone, zone.Status with
        {
            State = ZoneState.Loaded,
            LastCheck = now,
            LastSuccess = now,
            LastFailure = null,
            NextRefresh = null,
            ExpiresAt = null,
        });
    }

    /// <summary>The zone's file cannot be used. The version served stays.</summary>
    public void LoadFailed(SecondaryZone zone, Failure failure)
    {
        logger.LogError("Zone {Zone}: {Failure} {Remedy}", zone, failure, failure.Remedy);
        Show(zone, zone.Status with { State = ZoneState.Failed, LastCheck = time.GetUtcNow(), LastFailure = failure });
    }

    /// <summary>A cycle goes on. That the zone is withheld is the more important news.</summary>
    public void Progress(SecondaryZone zone, ZoneState state, IPEndPoint primary, TransferSoFar? transfer) =>
        Show(zone, zone.Status with { State = zone.IsExpired ? ZoneState.Expired : state, Primary = primary, Transfer = transfer });

    public void Notified(SecondaryZone zone, IPAddress from, DomainName? key)
    {
        var now = time.GetUtcNow();
        var seen = new NotifySeen(from.Unmapped(), now, key);
        Show(zone, zone.Status with
        {
            LastNotify = now,
            Notifies = [seen, .. zone.Status.Notifies.Where(other => !other.From.Equals(seen.From)).Take(SendersShown - 1)],
        });
    }

    /// <summary>After a success: REFRESH, unless a NOTIFY told of a serial that no primary shows yet.</summary>
    private TimeSpan NextCheck(SecondaryZone zone)
    {
        if (zone.NotifiedSerial is { } told && new Serial(told).IsNewerThan(zone.Contents!.Serial) && zone.Repolls < MostRepolls)
        {
            zone.Wish |= Wish.Now;
            return zone.Repolls++ == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(0.25 * (1 << zone.Repolls));
        }

        zone.NotifiedSerial = null;
        zone.NotifiedBy = null;
        var wait = zone.Timers.NextRefresh(Random.Shared);
        if (zone.HintAt != Clock.Never)
        {
            var hint = time.GetElapsedTime(time.GetTimestamp(), zone.HintAt);
            wait = TimeSpan.FromTicks(Math.Clamp(hint.Ticks, 0, wait.Ticks));
            zone.HintAt = Clock.Never;
        }

        return wait;
    }

    /// <summary>
    /// RFC 7314 §4: a primary that is a secondary itself tells how long it would serve the zone; for longer than that, or than SOA EXPIRE, we do not. One that
    /// merely confirms what we have does not shorten what another one gave us.
    /// </summary>
    private static TimeSpan TimeToServe(SecondaryZone zone, TimeSpan? told, TimeSpan left)
    {
        var most = zone.Timers.Expire;
        return told is not { } given || given >= most ? most : given > left ? given : left < most ? left : most;
    }

    private void Adopt(SecondaryZone zone, NewVersion version)
    {
        zone.Contents?.Dispose();
        var contents = zone.Contents = version.Contents;

        // RFC 1995 §5: differences that are longer than the zone help nobody.
        if (zone.Signing is null)
        {
            zone.Journal = zone.Journal.Append(version.Differences, contents.MemoryUsed);
        }

        foreach (var warning in version.Warnings)
        {
            logger.LogWarning("Zone {Zone}: serial {Serial} is published, but: {Warning}", zone, contents.Serial, warning);
        }

        zone.Status = zone.Status with
        {
            PrimarySerial = contents.Serial,
            PublishedSerial = zone.Status.PublishedSerial ?? zone.Served!.Serial,
            RecordCount = zone.Status.RecordCount ?? contents.RecordCount,
            Warning = version.Warnings.IsEmpty ? null : string.Join(" ", version.Warnings),
        };
    }

    /// <summary>What is left until expiry after a restart. A wall clock that was set back must not make it longer than EXPIRE.</summary>
    private TimeSpan TimeLeft(SecondaryZone zone, Freshness? freshness)
    {
        if (freshness is null)
        {
            return zone.Timers.Expire;
        }

        var left = freshness.ExpiresAt - time.GetUtcNow();
        return left < zone.Timers.Expire ? left : zone.Timers.Expire;
    }

    private static ZoneState RestingState(SecondaryZone zone) => zone switch
    {
        { IsExpired: true } => ZoneState.Expired,
        { IsRefreshed: true } => ZoneState.Waiting,
        { IsFromFile: true, Contents: not null } => ZoneState.Loaded,
        { IsMade: true, Contents: not null } => ZoneState.Loaded,
        { IsFromFile: true } or { IsMade: true } => ZoneState.Waiting,
        _ => ZoneState.Disabled,
    };

    private void Show(SecondaryZone zone, ZoneStatus shown)
    {
        zone.Status = shown;
        status.Report(shown);
    }
}
