using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using ManagedDns.Dns.Transfer;

namespace ManagedDns.Dns.Client;

/// <summary>Runs an <see cref="InboundTransfer"/> over a connection, within limits.</summary>
internal sealed class TransferClient(
    DomainName zone, uint? haveSerial, ITransferSink sink, TransferLimits limits, IProgress<TransferProgress>? progress, ConnectionPool? pool, TimeProvider time)
{
    /// <summary>Whether the sink has been given anything.</summary>
    public bool HasBegun { get; private set; }

    /// <exception cref="DnsFailureException">The transfer failed.</exception>
    public async Task<TransferSummary> RunAsync(Remote remote, CancellationToken cancellation)
    {
        try
        {
            return await RunAsync(remote, edns: true, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (e.Failure.Reason == FailureReason.FormatError)
        {
            // RFC 6891 §7: a server from before EDNS says so.
            return await RunAsync(remote, edns: false, cancellation).ConfigureAwait(false);
        }
    }

    private Task<TransferSummary> RunAsync(Remote remote, bool edns, CancellationToken cancellation) =>
        ConnectionPool.RunAsync(pool, remote, connection => RunAsync(remote, connection, edns, cancellation));

    private async Task<TransferSummary> RunAsync(Remote remote, Connection? connection, bool edns, CancellationToken cancellation)
    {
        var text = new FailureText(remote, zone, Undertaking.Transfer);
        var patience = limits.Connect;
        using var timer = new CancellationTokenSource(patience, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        InboundTransfer? transfer = null;
        var mayGoOn = false;
        try
        {
            var started = time.GetTimestamp();
            connection ??= await Connection.OpenAsync(remote, text, time, bounded.Token).ConfigureAwait(false);
            var seen = remote with { Source = connection.Source };
            text = new FailureText(seen, zone, Undertaking.Transfer);
            transfer = new InboundTransfer(zone, haveSerial, sink, seen);
            var request = new byte[Question.PlainLength];
            var length = transfer.WriteRequest(request, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), time.GetUtcNow(), edns);
            patience = limits.Idle;
            timer.CancelAfter(patience);
            await connection.SendAsync(request.AsMemory(0, length), bounded.Token).ConfigureAwait(false);
            while (await connection.FillAsync(bounded.Token).ConfigureAwait(false))
            {
                timer.CancelAfter(patience);
                var done = Drain(connection, transfer);
                progress?.Report(transfer.Progress);
                CheckSize(transfer.Progress, text);
                if (done)
                {
                    mayGoOn = true;
                    return transfer.Summary with { Duration = time.GetElapsedTime(started) };
                }

                CheckRate(transfer.Progress, time.GetElapsedTime(started), text);
            }

            throw new DnsFailureException(text.Closed(HowClosed(transfer.Progress)));
        }
        catch (SocketException e)
        {
            throw new DnsFailureException(ForSocket(e, text, transfer), e);
        }
        catch (IOException e)
        {
            var failure = e.InnerException is SocketException socket ? ForSocket(socket, text, transfer)
                : transfer?.Progress.Messages > 0 ? text.Closed(HowClosed(transfer.Progress))
                : text.ForTls(e);
            throw new DnsFailureException(failure, e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && transfer is { IsLoneSoa: true })
        {
            throw new DnsFailureException(text.Make(
                FailureReason.MissingSoa, $"{text.Server} answered the IXFR with a newer SOA record alone and sent nothing after it.",
                "Nothing: the whole zone is transferred instead. If it happens often, look into the primary's journal."));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DnsFailureException(transfer?.Progress.Messages > 0 ? Stalled(text, transfer.Progress) : text.TimedOut(patience));
        }
        catch (DnsFailureException e)
        {
            // Who said no in so many words has ended the exchange, not the connection.
            mayGoOn = e.Failure.ResponseCode is not null;
            throw;
        }
        finally
        {
            transfer?.Dispose();
            if (mayGoOn && pool is not null)
            {
                pool.Return(remote, connection!);
            }
            else
            {
                connection?.Dispose();
            }
        }
    }

    private static Failure ForSocket(SocketException e, FailureText text, InboundTransfer? transfer) =>
        e.SocketErrorCode == SocketError.ConnectionReset && transfer?.Progress.Messages > 0 ? text.Closed(HowClosed(transfer.Progress)) : text.ForSocket(e);

    private bool Drain(Connection connection, InboundTransfer transfer)
    {
        while (connection.TryTake(out var message))
        {
            var step = transfer.Next(message, time.GetUtcNow());
            HasBegun |= transfer.Progress.Records > 0;
            switch (step)
            {
                case TransferStep.Done:
                    return true;
                case TransferStep.Failed:
                    // It has come, too.
                    progress?.Report(transfer.Progress);
                    throw new DnsFailureException(transfer.Failure!);
            }
        }

        return false;
    }

    private void CheckSize(TransferProgress reached, FailureText text)
    {
        if (reached.Records > limits.MaxRecords || reached.Bytes > limits.MaxBytes)
        {
            var limit = reached.Records > limits.MaxRecords ? $"{limits.MaxRecords} records" : $"{limits.MaxBytes} octets";
            throw new DnsFailureException(text.Make(
                FailureReason.TooLarge,
                $"The transfer of {zone.ToDisplayString()} exceeds the limit of {limit}.",
                "Check the zone on the primary; if it is right, raise the limit of its common setting "
                + "(Set-CommonSetting -MaxTransferSize, -MaxTransferRecordCount)."));
        }
    }

    private void CheckRate(TransferProgress reached, TimeSpan elapsed, FailureText text)
    {
        if (elapsed > limits.RateGrace && reached.Bytes < limits.MinimumRate * elapsed.TotalSeconds)
        {
            throw new DnsFailureException(text.Make(
                FailureReason.TooSlow,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The transfer of {zone.ToDisplayString()} brought {reached.Bytes} octets in {elapsed.TotalSeconds:0} seconds, "
                    + $"less than {limits.MinimumRate} a second."),
                "Check the link to the primary and its limits on transfers (transfer rate, clients at once)."));
        }
    }

    private Failure Stalled(FailureText text, TransferProgress reached) => text.Make(
        FailureReason.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"The transfer of {zone.ToDisplayString()} stopped: nothing came for {limits.Idle.TotalSeconds:0.#} seconds after {FailureText.Count(reached.Messages, "message")} with {FailureText.Count(reached.Records, "record")}."),
        "Check the link to the primary, and firewalls that cut long connections.");

    private static string HowClosed(TransferProgress reached) => reached.Messages == 0
        ? "closed the connection without an answer"
        : $"closed the connection in the middle of the transfer, after {FailureText.Count(reached.Messages, "message")} with {FailureText.Count(reached.Records, "record")}";
}
