using System.Collections.Immutable;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// The one door through which what the world sees of a zone changes. A version comes here built and checked; it is served by swapping one reference,
/// then written to the content store, and only then announced: nobody downstream learns a serial that a crash could take back.
/// Called under the zone's gate, so that the steps of one zone come in order.
/// </summary>
internal sealed class ZonePublisher(ZoneTable table, ContentKeeper keeper, NotifySender notifier)
{
    /// <summary>Serves <see cref="SecondaryZone.Contents"/>, a new version, and has it kept and announced.</summary>
    /// <param name="steps">What leads to it from the version before; empty where that is not known.</param>
    /// <param name="freshness">How long it may be served; null: for ever.</param>
    public void Publish(SecondaryZone zone, ImmutableArray<Difference> steps, Freshness? freshness)
    {
        Serve(zone, freshness?.ExpiresAt);
        var journal = zone.Journal;
        keeper.Keep(zone.Id, zone.Contents!.Share(), steps, freshness, version => Kept(zone, new(version, journal)));
    }

    /// <summary>Serves what is held already.</summary>
    public void Serve(SecondaryZone zone, DateTimeOffset? expiresAt) => table.Publish(zone.Contents!, expiresAt);

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

    /// <summary>Ends the service of a zone and forgets what was kept of it.</summary>
    public void Drop(SecondaryZone zone)
    {
        table.Remove(zone.Name);
        keeper.Remove(zone.Id);
        notifier.Forget(zone);
        zone.Contents?.Dispose();
        zone.Contents = null;
        zone.Kept?.Dispose();
        zone.Kept = null;
    }

    private void Kept(SecondaryZone zone, KeptVersion version)
    {
        lock (zone.Gate)
        {
            if (zone.IsRemoved)
            {
                version.Dispose();
                return;
            }

            zone.Kept?.Dispose();
            zone.Kept = version;
        }

        notifier.Announce(zone);
    }
}
