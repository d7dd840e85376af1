using System.Net;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Dns.Client;

/// <summary>
/// Asks other name servers: queries, transfers, NOTIFY, UPDATE. The daemon and the cmdlets that test use this one client, so that a test sees what the daemon will see.
/// Every failure is a <see cref="DnsFailureException"/> whose <see cref="Failure"/> is worded for the operator. Thread-safe.
/// </summary>
/// <param name="time">Times waits and checks the time in signatures and certificates.</param>
/// <param name="pool">Keeps connections for the next exchange; null: each exchange has its own.</param>
/// <param name="accepted">Told of each exchange in which the other server has accepted our signature, and which key made it.</param>
public sealed class DnsClient(TimeProvider time, ConnectionPool? pool = null, Action<IPEndPoint, TsigKey>? accepted = null)
{
    /// <summary>Retries of NOTIFY (RFC 1996 §3.6) go on longer than those of queries: nobody waits for them.</summary>
    private static readonly QueryOptions s_notify = new() { Tries = 5, Timeout = TimeSpan.FromSeconds(3), MaxTimeout = TimeSpan.FromSeconds(60) };

    /// <summary>Asks an authoritative server for a zone's SOA record.</summary>
    /// <exception cref="DnsFailureException">No answer, an answer without authority, or one without the zone's SOA record.</exception>
    public Task<SoaAnswer> QuerySoaAsync(Remote remote, DomainName zone, QueryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(zone);
        return SignedAsync(remote, signed => QuerySoaOnceAsync(signed, zone, options, cancellation));
    }

    /// <summary>Asks any question of class IN. Whatever the response code, what comes back is returned.</summary>
    /// <exception cref="DnsFailureException">No answer came, or none that can be trusted.</exception>
    public Task<DnsResponse> QueryAsync(Remote remote, DomainName name, RecordType type, QueryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(name);
        return SignedAsync(remote, signed => QueryOnceAsync(signed, name, type, options, cancellation));
    }

    /// <summary>Tells a secondary that a zone has changed (RFC 1996).</summary>
    /// <param name="soa">The zone's new SOA record, a hint for the other side.</param>
    /// <exception cref="DnsFailureException">No answer, or one that says no.</exception>
    public Task<NotifyAnswer> NotifyAsync(
        Remote remote, DomainName zone, ResourceRecord? soa = null, QueryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(zone);
        var question = new Question(Opcode.Notify, zone, RecordType.SOA, options ?? s_notify) { Answers = soa is null ? [] : [soa] };
        return SignedAsync(remote, signed => NotifyOnceAsync(signed, question, Undertaking.Notify, cancellation));
    }

    /// <summary>Tells whoever looks after a zone's parent that the zone's CDS or CDNSKEY have changed (RFC 9859: NOTIFY with type CDS for both).</summary>
    /// <exception cref="DnsFailureException">No answer, or one that says no.</exception>
    public Task<NotifyAnswer> NotifyParentAsync(Remote remote, DomainName zone, QueryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(zone);
        var question = new Question(Opcode.Notify, zone, RecordType.CDS, options ?? s_notify);
        return SignedAsync(remote, signed => NotifyOnceAsync(signed, question, Undertaking.NotifyParent, cancellation));
    }

    /// <summary>Changes a zone on its primary (RFC 2136): all of it or nothing, over TCP.</summary>
    /// <param name="prerequisites">What must be so there, as RFC 2136 §2.4 writes it.</param>
    /// <param name="changes">What is added and deleted, as RFC 2136 §2.5 writes it.</param>
    /// <exception cref="DnsFailureException">No answer, or one that says no: its <see cref="Failure.ResponseCode"/> tells which prerequisite failed.</exception>
    public Task UpdateAsync(
        Remote remote, DomainName zone, IReadOnlyList<ResourceRecord> prerequisites, IReadOnlyList<ResourceRecord> changes, QueryOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(zone);
        var question = new Question(Opcode.Update, zone, RecordType.SOA, options ?? QueryOptions.Default) { Answers = prerequisites, Authorities = changes };
        return SignedAsync(remote, async signed =>
        {
            var response = await new StreamExchange(question, Undertaking.Update, pool, time).AskAsync(signed, cancellation).ConfigureAwait(false);
            return response.Code == ResponseCode.NoError
                ? response
                : throw new DnsFailureException(new FailureText(signed with { Source = response.Source }, zone, Undertaking.Update).ForCode(response.Code));
        });
    }

    /// <summary>Transfers a zone into a sink, over TLS where the remote has terms for it, else over TCP.</summary>
    /// <param name="haveSerial">Asks for the differences since that serial (IXFR); null asks for the whole zone (AXFR).</param>
    /// <param name="progress">Is told after each block received.</param>
    /// <exception cref="DnsFailureException">The transfer failed: nothing that the sink received may be used.</exception>
    public Task<TransferSummary> TransferAsync(
        Remote remote, DomainName zone, uint? haveSerial, ITransferSink sink, TransferLimits? limits = null, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentNullException.ThrowIfNull(sink);
        var transfer = new TransferClient(zone, haveSerial, sink, limits ?? TransferLimits.Default, progress, pool, time);
        return SignedAsync(
            remote,
            async signed => await transfer.RunAsync(signed, cancellation).ConfigureAwait(false) with { Key = signed.Key },
            mayRepeat: () => !transfer.HasBegun);
    }

    /// <summary>
    /// Does it with the key that is coming, and, where the other server does not take that, with the one that is going: so long as a rollover lasts, who has
    /// which need not be known.
    /// </summary>
    private async Task<T> SignedAsync<T>(Remote remote, Func<Remote, Task<T>> exchange, Func<bool>? mayRepeat = null)
    {
        if (remote.Key is not { Successor: { } successor } key)
        {
            return await AcceptedAsync(remote, exchange).ConfigureAwait(false);
        }

        try
        {
            return await AcceptedAsync(remote with { Key = successor }, exchange).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (IsAboutTheKey(e.Failure.Reason) && mayRepeat?.Invoke() != false)
        {
            try
            {
                return await AcceptedAsync(remote with { Key = key }, exchange).ConfigureAwait(false);
            }
            catch (DnsFailureException second) when (
                second.Failure.Reason is FailureReason.BadKey or FailureReason.BadSignature && e.Failure.Reason != second.Failure.Reason)
            {
                // It knows the new key, and says no for another reason.
                throw new DnsFailureException(e.Failure, second);
            }
        }
    }

    private async Task<T> AcceptedAsync<T>(Remote remote, Func<Remote, Task<T>> exchange)
    {
        var result = await exchange(remote).ConfigureAwait(false);
        if (remote.Key is { } key)
        {
            accepted?.Invoke(remote.EndPoint, key);
        }

        return result;
    }

    /// <summary>Servers that know a key, but permit nothing with it, refuse.</summary>
    private static bool IsAboutTheKey(FailureReason reason) => reason is FailureReason.BadKey or FailureReason.BadSignature or FailureReason.NotSigned
        or FailureReason.Refused or FailureReason.NotAuthoritative;

    private async Task<SoaAnswer> QuerySoaOnceAsync(Remote remote, DomainName zone, QueryOptions? options, CancellationToken cancellation)
    {
        var response = await QueryOnceAsync(remote, zone, RecordType.SOA, options, cancellation).ConfigureAwait(false);
        var text = new FailureText(remote with { Source = response.Source }, zone, Undertaking.Query);
        return SoaAnswer.TryRead(response, zone, text, out var answer, out var failure) ? answer : throw new DnsFailureException(failure);
    }

    private async Task<DnsResponse> QueryOnceAsync(Remote remote, DomainName name, RecordType type, QueryOptions? options, CancellationToken cancellation)
    {
        var question = new Question(Opcode.Query, name, type, options ?? QueryOptions.Default);
        if (question.Options.Transport is not (DnsTransport.Tcp or DnsTransport.Tls) && remote.Tls is null)
        {
            var (response, _) = await UdpExchange.AskAsync(question, remote, Undertaking.Query, time, cancellation).ConfigureAwait(false);
            if (!response.IsTruncated || question.Options.Transport == DnsTransport.Udp)
            {
                return response;
            }
        }

        return await new StreamExchange(question, Undertaking.Query, pool, time).AskAsync(remote, cancellation).ConfigureAwait(false);
    }

    private async Task<NotifyAnswer> NotifyOnceAsync(Remote remote, Question question, Undertaking undertaking, CancellationToken cancellation)
    {
        var (response, tries) = await UdpExchange.AskAsync(question, remote, undertaking, time, cancellation).ConfigureAwait(false);
        return response.Code == ResponseCode.NoError
            ? new NotifyAnswer(response.RoundTrip, tries)
            : throw new DnsFailureException(new FailureText(remote with { Source = response.Source }, question.Name, undertaking).ForCode(response.Code));
    }
}
