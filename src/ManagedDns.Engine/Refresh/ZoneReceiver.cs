using System.Collections.Concurrent;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Updates.Checks;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>Transfers a zone from one primary, builds it aside and checks it. Every attempt ends in a report and a line in the log.</summary>
internal sealed class ZoneReceiver(DnsClient client, RejectedVersions rejected, IStatusSink status, TimeProvider time, ILogger logger, TransferLimits? limits = null)
    : IDisposable
{
    // What primaries permit is often ten at once (BIND's transfers-out).
    private const int TransfersPerPrimary = 10;
    private const int TransfersInFlight = 64;

    /// <summary>Contents take about as many octets in memory as on the way: a primary without end must not take all there is.</summary>
    public static readonly TransferLimits DefaultLimits = TransferLimits.Default with
    {
        MaxBytes = Math.Min(TransferLimits.Default.MaxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4),
        MaxMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3,
    };

    private readonly TransferMemory _memory = new((limits ?? DefaultLimits).MaxMemory);
    private readonly SemaphoreSlim _slots = new(TransfersInFlight);
    private readonly ConcurrentDictionary<IPEndPoint, SemaphoreSlim> _slotsOfPrimary = new();

    /// <summary>
    /// What the primary has. Where we have a version, differences are asked for; when these are no good, the whole zone at once.
    /// </summary>
    /// <param name="progress">Told now and then what has come, and when all has and the checks begin.</param>
    /// <exception cref="DnsFailureException">The transfer failed, or the version must not be published.</exception>
    public async Task<Received> ReceiveAsync(CycleOrder order, PrimaryPlan primary, Action<ZoneState, TransferSoFar?> progress, CancellationToken cancellation)
    {
        var ofPrimary = _slotsOfPrimary.GetOrAdd(primary.Remote.EndPoint, _ => new(TransfersPerPrimary));
        await ofPrimary.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await TransferAsync(order, primary, progress, cancellation).ConfigureAwait(false);
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

    private async Task<Received> TransferAsync(CycleOrder order, PrimaryPlan primary, Action<ZoneState, TransferSoFar?> progress, CancellationToken cancellation)
    {
        if (order.Have is null || primary.Mode == TransferMode.Whole || order.Wish.HasFlag(Wish.WholeZone) || order.Wish.HasFlag(Wish.AnySerial))
        {
            return await TransferAsync(order, primary, null, progress, cancellation).ConfigureAwait(false);
        }

        try
        {
            return await TransferAsync(order, primary, order.Have, progress, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (MayHelp(e.Failure.Reason))
        {
            return await TransferAsync(order, primary, null, progress, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether the whole zone may come where its differences did not: not from a server that cannot be reached, is too slow, or does not know us.
    /// </summary>
    private static bool MayHelp(FailureReason reason) => reason is not (
        FailureReason.Timeout or FailureReason.TooSlow or FailureReason.PortClosed or FailureReason.Unreachable or FailureReason.SerialRegressed
        or FailureReason.BadKey or FailureReason.BadTime or FailureReason.NotSigned);

    /// <param name="from">The version whose differences are asked for; null: the whole zone.</param>
    private async Task<Received> TransferAsync(
        CycleOrder order, PrimaryPlan primary, ZoneContents? from, Action<ZoneState, TransferSoFar?> progress, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var kind = from is null ? TransferKind.Axfr : TransferKind.Ixfr;
        var report = new TransferReport(order.ZoneId, TransferDirection.In, kind, primary.Remote.EndPoint, time.GetUtcNow(), TimeSpan.Zero)
        {
            TsigKeyName = primary.Remote.Key?.Name,
            FromSerial = from?.Serial,
        };
        using var sink = new VersionSink(order.Zone, from);
        using var share = _memory.Begin(order.Zone, () => sink.MemoryUsed);
        var watch = new TransferWatch(kind, share, time, soFar => progress(ZoneState.Transferring, soFar));
        try
        {
            var summary = await client.TransferAsync(
                primary.Remote, order.Zone, from?.Serial, sink, LimitsFor(order), watch, cancellation).ConfigureAwait(false);
            report = report with
            {
                TsigKeyName = summary.Key?.Name,
                Kind = summary.Outcome == TransferOutcome.WholeZone ? TransferKind.Axfr : report.Kind,
                ToSerial = summary.Serial,
                Records = summary.Records,
                Bytes = summary.Bytes,
                Messages = summary.Messages,
            };
            progress(ZoneState.Checking, null);
            var version = summary.Outcome == TransferOutcome.UpToDate ? null : Check(order, primary, sink);
            Report(order, report with { Duration = time.GetElapsedTime(started) });
            return new(summary.Serial, version, summary.ExpiresIn);
        }
        catch (DnsFailureException e)
        {
            var came = watch.Reached;
            Report(order, report with
            {
                Duration = time.GetElapsedTime(started),
                Records = came.Records,
                Bytes = came.Bytes,
                Messages = came.Messages,
                Failure = e.Failure with { Server = primary.Remote.EndPoint },
            });
            throw;
        }
    }

    private TransferLimits LimitsFor(CycleOrder order) =>
        limits ?? order.Limits with { MaxBytes = Math.Min(order.Limits.MaxBytes, DefaultLimits.MaxBytes) };

    private NewVersion Check(CycleOrder order, PrimaryPlan primary, VersionSink sink)
    {
        var version = sink.Build();
        var contents = version.Contents;
        var failure = order.Have is { } have && !order.Wish.HasFlag(Wish.AnySerial)
            && contents.Serial != have.Serial && !new Serial(contents.Serial).IsNewerThan(have.Serial)
            ? RefreshFailures.SerialRegressed(order.Zone, primary.Remote.EndPoint, contents.Serial, have.Serial)
            : null;
        if (failure is null)
        {
            var verdict = new ContentChecks(contents, order.Have, sink.Changed, order.Checks, time.GetUtcNow()).Run();
            if (verdict.Rejection is null)
            {
                rejected.Discard(order.ZoneId);
                return Complete(version, order.Have) with { Warnings = verdict.Warnings };
            }

            failure = verdict.Rejection;
            rejected.Keep(order.ZoneId, contents);
        }

        version.Dispose();
        throw new DnsFailureException(failure with { Server = primary.Remote.EndPoint });
    }

    /// <summary>With what leads to it from the version before: others may follow by that, it is cheaper to keep, and it is history.</summary>
    private static NewVersion Complete(NewVersion version, ZoneContents? before) =>
        version.Differences.IsEmpty && before is not null && ZoneComparison.Between(before, version.Contents) is { } difference
            ? version with { Differences = [difference] }
            : version;

    private void Report(CycleOrder order, TransferReport report)
    {
        status.Report(report);
        var zone = order.Zone.ToDisplayString();
        if (report.Failure is { } failure)
        {
            logger.LogWarning(
                "Zone {Zone}: {Kind} from {Peer} (key {Key}) failed after {Duration:0.000} s, {Records} records and {Bytes} octets. {Failure} {Remedy}",
                zone, report.Kind, report.Peer, report.TsigKeyName?.ToDisplayString() ?? "none", report.Duration.TotalSeconds, report.Records, report.Bytes,
                failure, failure.Remedy);
        }
        else
        {
            logger.LogInformation(
                "Zone {Zone}: {Kind} from {Peer} (key {Key}): serial {From} to {To}, {Records} records, {Bytes} octets in {Messages} messages, "
                + "{Duration:0.000} s",
                zone, report.Kind, report.Peer, report.TsigKeyName?.ToDisplayString() ?? "none", order.Have?.Serial.ToString() ?? "none", report.ToSerial,
                report.Records, report.Bytes, report.Messages, report.Duration.TotalSeconds);
        }
    }
}

/// <summary>What a transfer brought.</summary>
/// <param name="Version">Built and checked; null where the primary has nothing newer.</param>
/// <param name="ExpiresIn">As in <see cref="CycleResult"/>.</param>
internal sealed record Received(uint Serial, NewVersion? Version, TimeSpan? ExpiresIn);
