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

    private readonly HealthSchedule _schedule = new(server.Setting);

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
        var settings = server.Settings;
        _schedule.Follow(settings, time.GetUtcNow());
        var zones = _schedule.TakeDue(time.GetUtcNow(), AtOnce * 4);
        if (zones.Count == 0)
        {
            return;
        }

        var status = store.Status.Zones(zones.Select(zone => zone.Id), node);
        var running = store.Status.Servers().FirstOrDefault(row => row.Node == node);
        var reports = new ConcurrentQueue<HealthReport>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(zones, options, async (zone, stop) =>
            {
                var subject = new ZoneSubject(zone, settings, status.GetValueOrDefault(zone.Id), running) { Signatures = () => Signatures(zone, stop) };
                reports.Enqueue(new HealthReport(zone.Id, time.GetUtcNow(), [.. await HealthChecker.RunAsync(subject, time, stop).ConfigureAwait(false)]));
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What was found before the stop is kept all the same.
        }

        history.Write(node, reports);
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
