using System.Collections.Concurrent;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>Transfers a zone from one primary, builds it aside and checks it. Every attempt ends in a report and a line in the log.</summary>
internal sealed class ZoneReceiver(DnsClient client, IStatusSink status, TimeProvider time, ILogger logger) : IDisposable
{
    // What primaries permit is often ten at once (BIND's transfers-out).
    private const int TransfersPerPrimary = 10;
    private const int TransfersInFlight = 64;

    private readonly SemaphoreSlim _slots = new(TransfersInFlight);
    private readonly ConcurrentDictionary<IPEndPoint, SemaphoreSlim> _slotsOfPrimary = new();

    /// <summary>The primary's version, checked; null where it turned out to have nothing newer.</summary>
    /// <param name="checking">Called when all has come and the checks begin.</param>
    /// <exception cref="DnsFailureException">The transfer failed, or the version must not be published.</exception>
    public async Task<ZoneContents?> ReceiveAsync(CycleOrder order, PrimaryPlan primary, Action checking, CancellationToken cancellation)
    {
        var ofPrimary = _slotsOfPrimary.GetOrAdd(primary.Remote.EndPoint, _ => new(TransfersPerPrimary));
        await ofPrimary.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await TransferAsync(order, primary, checking, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            ofPrimary.Release();
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        foreach (var slots in _slotsOfPrimary.Values)
        {
            slots.Dispose();
        }
    }

    private async Task<ZoneContents?> TransferAsync(CycleOrder order, PrimaryPlan primary, Action checking, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var report = new TransferReport(
            order.ZoneId, TransferDirection.In, TransferKind.Axfr, primary.Remote.EndPoint, time.GetUtcNow(), TimeSpan.Zero)
        {
            TsigKeyName = primary.Remote.Key?.Name,
        };
        using var sink = new ZoneSink(order.Zone);
        try
        {
            var summary = await client.TransferAsync(
                primary.Remote, order.Zone, null, sink, TransferLimits.Default, null, cancellation).ConfigureAwait(false);
            report = report with { ToSerial = summary.Serial, Records = summary.Records, Bytes = summary.Bytes, Messages = summary.Messages };
            checking();
            var version = Check(order, primary, sink.Build());
            Report(order, report with { Duration = time.GetElapsedTime(started) });
            return version;
        }
        catch (DnsFailureException e)
        {
            Report(order, report with { Duration = time.GetElapsedTime(started), Failure = e.Failure });
            throw;
        }
    }

    private static ZoneContents Check(CycleOrder order, PrimaryPlan primary, ZoneContents version)
    {
        var failure = ContentChecks.Check(version);
        if (failure is null && order.Have is { } have && !order.Wish.HasFlag(Wish.AnySerial)
            && version.Serial != have.Serial && !new Serial(version.Serial).IsNewerThan(have.Serial))
        {
            failure = RefreshFailures.SerialRegressed(order.Zone, primary.Remote.EndPoint, version.Serial, have.Serial);
        }

        if (failure is null)
        {
            return version;
        }

        version.Dispose();
        throw new DnsFailureException(failure with { Server = primary.Remote.EndPoint });
    }

    private void Report(CycleOrder order, TransferReport report)
    {
        status.Report(report);
        var zone = order.Zone.ToDisplayString();
        if (report.Failure is { } failure)
        {
            logger.LogWarning(
                "Zone {Zone}: {Kind} from {Peer} (key {Key}) failed after {Duration:0.000} s. {Failure} {Remedy}",
                zone, report.Kind, report.Peer, report.TsigKeyName, report.Duration.TotalSeconds, failure, failure.Remedy);
        }
        else
        {
            logger.LogInformation(
                "Zone {Zone}: {Kind} from {Peer} (key {Key}): serial {From} to {To}, {Records} records, {Bytes} octets in {Messages} messages, {Duration:0.000} s",
                zone, report.Kind, report.Peer, report.TsigKeyName, order.Have?.Serial, report.ToSerial, report.Records, report.Bytes, report.Messages,
                report.Duration.TotalSeconds);
        }
    }

    /// <summary>Builds a whole zone from what comes.</summary>
    private sealed class ZoneSink(DomainName zone) : ITransferSink, IDisposable
    {
        private ZoneBuilder? _builder;

        public void BeginZone(uint serial) => _builder = new(zone);

        public void BeginDifference(uint fromSerial) => throw new InvalidOperationException("Differences were not asked for.");

        public void Add(in WireRecord record) => _builder!.Add(record);

        public void Delete(in WireRecord record) => throw new InvalidOperationException("Differences were not asked for.");

        public ZoneContents Build() => _builder!.Build();

        public void Dispose() => _builder?.Dispose();
    }
}
