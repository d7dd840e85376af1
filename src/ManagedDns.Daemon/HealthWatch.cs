using System.Collections.Concurrent;
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
internal sealed class HealthWatch(string folder, string node, TimeProvider time, ILogger logger)
{
    private const int AtOnce = 8;

    /// <summary>Often, so that what is due is mostly one zone: many at once would keep the cores from those who ask.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>The first checks after a start come this far apart, so that few zones are checked soon.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<long, DateTimeOffset> _due = [];
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
        Follow(store);
        var interval = _settings.Server.HealthCheckInterval;
        if (interval == TimeSpan.Zero)
        {
            return;
        }

        var now = time.GetUtcNow();
        ManagedZone[] zones = [.. _settings.Zones.Where(zone => _due[zone.Id] <= now).OrderBy(zone => _due[zone.Id]).Take(AtOnce * 4)];
        if (zones.Length == 0)
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
        foreach (var zone in zones)
        {
            _due[zone.Id] = now + interval;
        }
    }

    // New zones are due soon, zones that are gone are forgotten.
    private void Follow(ManagedDnsStore store)
    {
        if (store.Generation == _settings.Generation)
        {
            return;
        }

        _settings = store.ReadSettings();
        var (now, interval) = (time.GetUtcNow(), _settings.Server.HealthCheckInterval);
        var spread = TimeSpan.FromTicks(Math.Min(interval.Ticks, s_apart.Ticks * _settings.Zones.Length));
        var known = _settings.Zones.Select(zone => zone.Id).ToHashSet();
        foreach (var id in _due.Keys.Where(id => !known.Contains(id)).ToArray())
        {
            _due.Remove(id);
        }

        foreach (var id in known)
        {
            var soon = now + (spread * Random.Shared.NextDouble());
            _due[id] = _due.TryGetValue(id, out var due) && due <= now + interval ? due : soon;
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
