using System.Collections.Concurrent;
using ManagedDns.Engine;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Daemon;

/// <summary>
/// Runs each zone's health check by schedule and keeps what it finds in the store. The checks of many zones are spread over the interval; a few run
/// at a time, so that primaries and this machine hardly notice.
/// </summary>
/// <param name="server">It has the settings that apply: a hundred thousand zones are held in memory once.</param>
internal sealed class HealthWatch(string folder, string node, SecondaryServer server, TimeProvider time, ILogger logger)
{
    private const int AtOnce = 8;

    /// <summary>Often, so that what is due is mostly one zone: many at once would keep the cores from those who ask.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>The first checks after a start come this far apart, so that few zones are checked soon.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(500);

    /// <summary>Ids of zones by when their next check is due, in ticks of UTC; of a zone that is gone until then.</summary>
    private readonly PriorityQueue<long, long> _due = new();
    private ServiceSettings _settings = ServiceSettings.Empty;

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var store = ManagedDnsStore.Open(folder, StoreMode.Open, time);
        using var history = HealthHistory.Open(store);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await CheckDueAsync(store, history, cancellation).ConfigureAwait(false);
            }
            catch (StoreException e)
            {
                logger.LogWarning("The health checks could not be kept: {Message} {Remedy}", e.Message, e.Remedy);
            }

            await Task.Delay(s_look, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CheckDueAsync(ManagedDnsStore store, HealthHistory history, CancellationToken cancellation)
    {
        Follow();
        var interval = _settings.Server.HealthCheckInterval;
        if (interval == TimeSpan.Zero)
        {
            return;
        }

        var zones = TakeDue(time.GetUtcNow(), interval);
        if (zones.Count == 0)
        {
            return;
        }

        var status = store.Status.Zones(zones.Select(zone => zone.Id), node);
        var running = store.Status.Servers().FirstOrDefault(server => server.Node == node);
        var reports = new ConcurrentQueue<HealthReport>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(zones, options, async (zone, stop) =>
            {
                var subject = new ZoneSubject(zone, _settings, status.GetValueOrDefault(zone.Id), running) { Signatures = () => Signatures(zone, stop) };
                reports.Enqueue(new HealthReport(zone.Id, time.GetUtcNow(), [.. await HealthChecker.RunAsync(subject, time, stop).ConfigureAwait(false)]));
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What was found before the stop is kept all the same.
        }

        history.Write(node, reports);
    }

    /// <summary>
    /// What is due now, and due again an interval later whatever comes of it: a full disk must not have the primaries asked again and again.
    /// </summary>
    private List<ManagedZone> TakeDue(DateTimeOffset now, TimeSpan interval)
    {
        var taken = new List<ManagedZone>();
        while (taken.Count < AtOnce * 4 && _due.TryPeek(out var id, out var due) && due <= now.UtcTicks)
        {
            _due.Dequeue();
            if (server.Setting(id) is { } zone)
            {
                taken.Add(zone);
                _due.Enqueue(id, (now + interval).UtcTicks);
            }
        }

        return taken;
    }

    // New zones are due soon, and all where the interval is another one.
    private void Follow()
    {
        var current = server.Settings;
        if (ReferenceEquals(current, _settings))
        {
            return;
        }

        var before = _settings;
        _settings = current;
        var (now, interval) = (time.GetUtcNow(), current.Server.HealthCheckInterval);
        if (interval != before.Server.HealthCheckInterval)
        {
            _due.Clear();
            before = ServiceSettings.Empty;
            _due.EnsureCapacity(current.Zones.Length);
        }

        var known = before.Zones.Select(zone => zone.Id).ToHashSet();
        var spread = TimeSpan.FromTicks(Math.Min(interval.Ticks, s_apart.Ticks * current.Zones.Length));
        foreach (var zone in current.Zones.Where(zone => !known.Contains(zone.Id)))
        {
            _due.Enqueue(zone.Id, (now + (spread * Random.Shared.NextDouble())).UtcTicks);
        }
    }

    private SignatureHorizon? Signatures(ManagedZone zone, CancellationToken cancellation)
    {
        try
        {
            using var contents = ContentsReader.Open(folder);
            var finder = new SignatureFinder();
            KeptRecords.Read(contents, zone.Id, finder.Take, cancellation, () => finder.IsUnsigned);
            return finder.Found;
        }
        catch (Exception e) when (e is StoreException or InvalidDataException)
        {
            logger.LogWarning("The signatures of {Zone} could not be looked through: {Message}", zone.Name.ToDisplayString(), e.Message);
            return null;
        }
    }
}
