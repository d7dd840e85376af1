using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Answers AXFR (RFC 5936) and IXFR (RFC 1995): to whom the zone's common setting permits it, by network and key, judged before a slot is taken.
/// An IXFR from a serial that the journal does not reach back to is answered with the whole zone.
/// </summary>
internal sealed class TransferOutHandler(
    ZoneRegister zones, ZoneTable table, IContentStore store, IStatusSink status, TimeProvider time, ILogger logger)
    : ITransferOutHandler, IDisposable
{
    private const int TransfersInFlight = 64;

    private readonly SemaphoreSlim _slots = new(TransfersInFlight);
    private readonly LogBudget _budget = new(60, time);

    /// <summary>Set where an ACL names the key of a client.</summary>
    public bool AsksForCertificates { get; set; }

    public async Task AnswerAsync(TransferRequest request, ITransferChannel channel, CancellationToken cancellation)
    {
        if (Judge(request, out var zone) is var denial and not ResponseCode.NoError)
        {
            await DenyAsync(request, denial, channel, cancellation).ConfigureAwait(false);
            return;
        }

        await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var (contents, journal, chunks) = VersionOf(zone!);
            using var held = contents;
            if (contents is null)
            {
                await DenyAsync(request, ResponseCode.ServFail, channel, cancellation).ConfigureAwait(false);
                return;
            }

            using var answer = new TransferAnswer(contents, journal, request, time, ExpiresIn(zone!, contents), store, chunks);
            await SendAsync(zone!, contents.Serial, answer, request, channel, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private ResponseCode Judge(TransferRequest request, out SecondaryZone? zone)
    {
        if (!zones.TryGet(request.Zone, out zone))
        {
            return ResponseCode.NotAuth;
        }

        var from = request.From.Address.Unmapped();
        foreach (var permission in zone.Plan.Permissions)
        {
            if (permission.Network.Contains(from) && (permission.Key is null || permission.Key.Accepts(request.Key))
                && (!permission.RequireTls || request.IsOverTls)
                && (permission.ClientPin is null || (request.IsOverTls && permission.ClientPin == request.ClientPin)))
            {
                return ResponseCode.NoError;
            }
        }

        if (_budget.TrySpend(out var suppressed))
        {
            logger.LogWarning(
                "Zone {Zone}: {Kind} to {Peer} (key {Key}, {Transport}) refused: no transfer ACL of '{Common}' permits it. To permit it: Add-ZoneTransferAcl "
                + "-CommonSetting '{Common}' -Network {Address}. ({Suppressed} more were not logged)",
                zone, request.Type, request.From, request.Key?.Name.ToDisplayString() ?? "none", Describe(request), zone.Plan.Name, zone.Plan.Name, from,
                suppressed);
        }

        return ResponseCode.Refused;
    }

    private static string Describe(TransferRequest request) => !request.IsOverTls ? "no TLS 1.3 with ALPN 'dot'"
        : request.ClientPin is { } pin ? $"TLS, certificate with pin {pin}" : "TLS, no certificate";

    private (ZoneContents? Contents, Journal Journal, KeptChunks? Chunks) VersionOf(SecondaryZone zone)
    {
        // Versions change under the gate, so that the two belong together.
        lock (zone.Gate)
        {
            var served = table.Find(zone.Name);
            if (served is null || zone.Kept is not { } kept)
            {
                return (served, zone.Journal, null);
            }

            // What a crash could take back is given to nobody.
            served.Dispose();
            return (kept.Contents.Share(), kept.Journal, kept.Chunks);
        }
    }

    private async Task SendAsync(
        SecondaryZone zone, uint serial, TransferAnswer answer, TransferRequest request, ITransferChannel channel, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var kind = request.Type == RecordType.IXFR ? TransferKind.Ixfr : TransferKind.Axfr;
        var report = new TransferReport(zone.Id, TransferDirection.Out, kind, request.From, time.GetUtcNow(), TimeSpan.Zero)
        {
            TsigKeyName = request.Key?.Name,
            FromSerial = request.HaveSerial,
            ToSerial = serial,
        };
        try
        {
            while (!answer.IsDone)
            {
                await channel.WriteAsync(answer.Next(), cancellation).ConfigureAwait(false);
            }
        }
        catch (IOException e)
        {
            var message = $"{request.From} ended the connection in the middle of the transfer: {e.Message}";
            report = report with { Failure = new(FailureReason.ConnectionClosed, request.From, message, "Look into the log of the other server.") };
        }
        catch (InvalidDataException e)
        {
            const string Remedy = "Start-ZoneTransfer -Full has the zone transferred and kept anew. Please report this with the log.";
            report = report with { Failure = new(FailureReason.Internal, request.From, $"The transfer was broken off: {e.Message}", Remedy) };
        }

        report = report with
        {
            Duration = time.GetElapsedTime(started),
            Records = answer.Records,
            Bytes = answer.Bytes,
            Messages = answer.Messages,
        };
        status.Report(report);
        logger.LogInformation(
            "Zone {Zone}: {Kind} to {Peer} (key {Key}): serial {Serial}, {Records} records, {Bytes} octets in {Messages} messages, "
            + "{Duration:0.000} s{Failure}",
            zone, request.Type, request.From, request.Key?.Name.ToDisplayString() ?? "none", serial, report.Records, report.Bytes, report.Messages,
            report.Duration.TotalSeconds, report.Failure is { } failure ? $". {failure.Message}" : "");
        if (report.Failure is { Reason: FailureReason.Internal } defect)
        {
            // Who asked must not wait for the rest.
            throw new DnsFailureException(defect);
        }
    }

    /// <summary>Seconds until the zone ends here: what RFC 7314 has a secondary tell those behind it.</summary>
    private uint ExpiresIn(SecondaryZone zone, ZoneContents contents)
    {
        lock (zone.Gate)
        {
            return zone.ExpiresAt == Clock.Never
                ? contents.Soa.Expire
                : (uint)Math.Clamp(time.GetElapsedTime(time.GetTimestamp(), zone.ExpiresAt).TotalSeconds, 0, contents.Soa.Expire);
        }
    }

    private async Task DenyAsync(TransferRequest request, ResponseCode code, ITransferChannel channel, CancellationToken cancellation)
    {
        try
        {
            await channel.WriteAsync(TransferAnswer.Denial(request, code, time.GetUtcNow()), cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            logger.LogDebug(e, "Zone {Zone}: {Peer} did not wait for the refusal of its transfer", request.Zone.ToDisplayString(), request.From);
        }
    }
}
