using System.Collections.Immutable;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// The one door through which what the world sees of a zone changes. A version comes here built and checked, and is written to the content store; then it is
/// served, by swapping one reference, and announced: what a crash could take back is seen by nobody. Two do not wait to be kept: a zone's first version, for
/// there is nothing to go back to, and one that the disk does not take in time. Called under the zone's gate, so that the steps of one zone come in order.
/// </summary>
/// <param name="keeper">Keeps what was received, which is what is served unless it is signed here.</param>
/// <param name="signedKeeper">Keeps what was made of it here.</param>
internal sealed class ZonePublisher(
    ZoneTable table, ContentKeeper keeper, ContentKeeper signedKeeper, NotifySender notifier, IStatusSink status, TimeProvider time,
    ILogger logger)
{
    /// <summary>A disk that hangs, or is full, must not hold up what the world sees for longer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly LogBudget _late = new(60, time);

    /// <summary>Told of versions received of zones that are signed here, with what leads to them: it makes and publishes the signed one.</summary>
    public Action<SecondaryZone, ImmutableArray<Difference>>? Received { get; set; }

    /// <summary>Told of each version that is kept from now on.</summary>
    public Action<SecondaryZone>? KeptNew { get; set; }

    /// <summary>Has <see cref="SecondaryZone.Contents"/>, a new version, kept, served and announced.</summary>
    /// <param name="steps">What leads to it from the version before; empty where that is not known.</param>
    /// <param name="freshness">How long it may be served; null: for ever.</param>
    public void Publish(SecondaryZone zone, ImmutableArray<Difference> steps, Freshness? freshness)
    {
        if (zone.Signing is not null && Received is not null)
        {
            keeper.Keep(zone.Id, zone.Contents!.Share(), steps, freshness, (version, _) => version.Dispose());
            if (zone.Signed is not null && freshness is not null && IsServed(zone))
            {
                // What is signed of the version before, and may wait to be kept.
                table.SetExpiry(zone.Name, freshness.ExpiresAt);
            }
            else
            {
                Serve(zone, freshness?.ExpiresAt);
            }

            Received(zone, steps);
            return;
        }

        ServeOnceKept(zone, keeper, zone.Contents!, steps, freshness, freshness?.ExpiresAt, isMade: false);
    }

    /// <summary>Has a version that was made here of what was received kept, served and announced.</summary>
    public void PublishMade(SecondaryZone zone, NewVersion version)
    {
        zone.Signed?.Dispose();
        zone.Signed = version.Contents;
        zone.Journal = zone.Journal.Append(version.Differences, version.Contents.MemoryUsed);
        ServeOnceKept(zone, signedKeeper, version.Contents, version.Differences, null, zone.IsRefreshed ? zone.Status.ExpiresAt : null, isMade: true);
    }

    /// <summary>Serves what was received again, the zone being signed here no more.</summary>
    public void PublishReceived(SecondaryZone zone)
    {
        zone.Signed?.Dispose();
        zone.Signed = null;
        zone.Journal = Journal.Empty;
        if (zone.Contents is not null)
        {
            var freshness = FreshnessOf(zone);
            Serve(zone, freshness?.ExpiresAt);
            Publish(zone, [], freshness);
        }
    }

    /// <summary>
    /// Serves what is held already. Of a zone that is to be signed the received version is not: who has its DS would not believe it.
    /// </summary>
    public void Serve(SecondaryZone zone, DateTimeOffset? expiresAt)
    {
        if (zone.Signed is not null || zone.Signing is null or { ServesReceived: true })
        {
            Serve(zone, zone.Served!, zone.Turns, expiresAt);
        }
    }

    /// <summary>Tells of a zone's signing once what has been published of it is served: who hears of a step can see it.</summary>
    public void Tell(SecondaryZone zone, SigningStatus signing)
    {
        lock (zone.Gate)
        {
            (zone.Untold ??= new()).Enqueue((zone.Turns, signing));
            Settle(zone, zone.SettledTurn);
        }
    }

    /// <summary>Answers SERVFAIL for the zone, with the reason as an extended error (RFC 8914).</summary>
    public void Withhold(SecondaryZone zone, UnavailableReason reason) => table.SetUnavailable(zone.Name, reason);

    /// <summary>Notes that a primary has confirmed the version held, and serves it again if it was withheld.</summary>
    public void Confirm(SecondaryZone zone, Freshness freshness, bool wasWithheld)
    {
        if (wasWithheld)
        {
            Serve(zone, freshness.ExpiresAt);
        }
        else
        {
            table.SetExpiry(zone.Name, freshness.ExpiresAt);
        }

        keeper.Confirm(zone.Id, freshness);
    }

    /// <summary>Has what is held of a zone kept once more: the store has lost it.</summary>
    public void KeepAgain(SecondaryZone zone)
    {
        if (zone.IsRemoved || zone.Contents is null)
        {
            return;
        }

        keeper.KeepAgain(zone.Id, zone.Contents.Share(), FreshnessOf(zone));
        if (zone.Signed is not null)
        {
            signedKeeper.KeepAgain(zone.Id, zone.Signed.Share(), null);
        }
    }

    /// <summary>Ends the service of a zone and forgets what was kept of it.</summary>
    public void Drop(SecondaryZone zone)
    {
        table.Remove(zone.Name);
        keeper.Remove(zone.Id);
        notifier.Forget(zone);
        signedKeeper.Remove(zone.Id);
        zone.Contents?.Dispose();
        zone.Contents = null;
        zone.Signed?.Dispose();
        zone.Signed = null;
        zone.Kept?.Dispose();
        zone.Kept = null;
        zone.Untold = null;
    }

    private void ServeOnceKept(
        SecondaryZone zone, ContentKeeper keeps, ZoneContents version, ImmutableArray<Difference> steps, Freshness? freshness,
        DateTimeOffset? expiresAt, bool isMade)
    {
        var (journal, turn) = (zone.Journal, ++zone.Turns);
        ITimer? late = null;
        if (!zone.IsExpired && !IsServed(zone))
        {
            Serve(zone, expiresAt);
            Settle(zone, turn);
        }
        else
        {
            late = time.CreateTimer(_ => ServeUnkept(zone, turn, expiresAt, isMade), null, s_patience, Timeout.InfiniteTimeSpan);
        }

        keeps.Keep(zone.Id, version.Share(), steps, freshness, (kept, chunks) =>
        {
            late?.Dispose();
            ServeKept(zone, turn, kept, expiresAt, isMade);
            Kept(zone, turn, kept, journal, chunks);
        });
    }

    private static Freshness? FreshnessOf(SecondaryZone zone) => zone.Status is { LastSuccess: { } last, ExpiresAt: { } end } ? new(last, end) : null;

    private bool IsServed(SecondaryZone zone)
    {
        using var served = table.Find(zone.Name);
        return served is not null;
    }

    private void Serve(SecondaryZone zone, ZoneContents version, long turn, DateTimeOffset? expiresAt)
    {
        table.Publish(version, expiresAt);
        zone.ServedTurn = turn;
        zone.Status = zone.Status with { PublishedSerial = version.Serial, RecordCount = version.RecordCount };
    }

    private void ServeKept(SecondaryZone zone, long turn, ZoneContents version, DateTimeOffset? expiresAt, bool isMade)
    {
        lock (zone.Gate)
        {
            if (MayServe(zone, turn, isMade))
            {
                Serve(zone, version, turn, expiresAt);
                status.Report(zone.Status);
            }

            Settle(zone, turn);
        }
    }

    private void ServeUnkept(SecondaryZone zone, long turn, DateTimeOffset? expiresAt, bool isMade)
    {
        lock (zone.Gate)
        {
            if (MayServe(zone, turn, isMade))
            {
                if (_late.TrySpend(out var suppressed))
                {
                    logger.LogWarning(
                        "Zone {Zone}: serial {Serial} is served before it is kept, for the disk has not taken it within {Patience} s; a crash now "
                        + "would bring the version before it back. ({Suppressed} more were not logged)",
                        zone, zone.Served?.Serial, s_patience.TotalSeconds, suppressed);
                }

                Serve(zone, expiresAt);
                status.Report(zone.Status);
            }

            Settle(zone, turn);
        }
    }

    /// <summary>A version waits no more: what was to be told after it is.</summary>
    private void Settle(SecondaryZone zone, long turn)
    {
        zone.SettledTurn = Math.Max(zone.SettledTurn, turn);
        while (zone.Untold is { } untold && untold.TryPeek(out var next) && next.Turn <= zone.SettledTurn)
        {
            untold.Dequeue();
            status.Report(next.Signing);
        }
    }

    /// <summary>Whether a version that waited is still wanted: nothing newer is served, nothing made of it, and the zone has not ended meanwhile.</summary>
    private static bool MayServe(SecondaryZone zone, long turn, bool isMade) =>
        turn > zone.ServedTurn && !zone.IsRemoved && !zone.IsExpired && (isMade ? zone.Signed is not null : zone.Signing is null);

    private void Kept(SecondaryZone zone, long turn, ZoneContents version, Journal journal, KeptChunks written)
    {
        lock (zone.Gate)
        {
            // What was received and what was made of it are kept by two, of which either may be done first.
            if (zone.IsRemoved || turn < zone.KeptTurn)
            {
                version.Dispose();
                return;
            }

            zone.KeptTurn = turn;
            var kept = new KeptVersion(version, journal, written.After(zone.Kept, version.RecordCount));
            zone.Kept?.Dispose();
            zone.Kept = kept;
        }

        notifier.Announce(zone);
        KeptNew?.Invoke(zone);
    }
}
