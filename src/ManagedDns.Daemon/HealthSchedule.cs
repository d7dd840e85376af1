using ManagedDns.Model;

namespace ManagedDns.Daemon;

/// <summary>
/// When each zone's health check is due: soon after the zone is known, then once an interval. The first checks are spread, so that few come at a time
/// for ever after.
/// </summary>
/// <param name="find">The settings of a zone as they apply; null where it is not managed any more.</param>
internal sealed class HealthSchedule(Func<long, ManagedZone?> find)
{
    /// <summary>The first checks come this far apart on average.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(500);

    /// <summary>Ids of zones by when they are due, in ticks of UTC; of a zone that is gone until then.</summary>
    private readonly PriorityQueue<long, long> _due = new();
    private ServiceSettings _settings = ServiceSettings.Empty with { Server = ServerSettings.Default with { HealthCheckInterval = TimeSpan.Zero } };

    private TimeSpan Interval => _settings.Server.HealthCheckInterval;

    /// <summary>Takes up zones that are new, and all where the interval is another one; zero: no zone is ever due.</summary>
    public void Follow(ServiceSettings settings, DateTimeOffset now)
    {
        if (ReferenceEquals(settings, _settings))
        {
            return;
        }

        var before = _settings;
        _settings = settings;
        if (Interval != before.Server.HealthCheckInterval)
        {
            before = ServiceSettings.Empty;
            _due.Clear();
            _due.EnsureCapacity(settings.Zones.Length);
        }

        if (Interval == TimeSpan.Zero)
        {
            return;
        }

        var known = before.Zones.Select(zone => zone.Id).ToHashSet();
        var spread = TimeSpan.FromTicks(Math.Min(Interval.Ticks, s_apart.Ticks * settings.Zones.Length));
        foreach (var zone in settings.Zones.Where(zone => !known.Contains(zone.Id)))
        {
            _due.Enqueue(zone.Id, (now + (spread * Random.Shared.NextDouble())).UtcTicks);
        }
    }

    /// <summary>
    /// What is due now, and due again an interval later whatever comes of it: a full disk must not have the primaries asked again and again.
    /// </summary>
    public List<ManagedZone> TakeDue(DateTimeOffset now, int most)
    {
        var taken = new List<ManagedZone>();
        while (taken.Count < most && _due.TryPeek(out var id, out var due) && due <= now.UtcTicks)
        {
            _due.Dequeue();
            if (find(id) is { } zone)
            {
                taken.Add(zone);
                _due.Enqueue(id, (now + Interval).UtcTicks);
            }
        }

        return taken;
    }
}
