using System.Net;
using System.Net.Sockets;
using System.Text;
using ARSoft.Tools.Net.Dns;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using Arsoft = ARSoft.Tools.Net;
using RecordClass = ManagedDns.Dns.RecordClass;
using RecordType = ManagedDns.Dns.RecordType;

namespace ManagedDns.Lookup;

/// <summary>
/// One question to one server: over UDP, and over TCP where the answer is truncated. ARSoft's client asks; the answer is read by our own reader,
/// since ARSoft's turns octets above 0x7F into question marks.
/// </summary>
internal sealed class Inquiry(LookupOptions options, TimeProvider time) : IInquiry
{
    private const ushort PayloadSize = 1232;

    public async Task<LookupAnswer> AskAsync(IPEndPoint server, DomainName name, RecordType type, bool wantsRecursion, CancellationToken cancellation)
    {
        if (name.Wire.ContainsAnyExceptInRange((byte)0, (byte)0x7F))
        {
            throw Fail(
                FailureReason.Internal, server, $"The name {name} has octets outside ASCII and cannot be looked up.",
                "Give the name as A-labels (xn--…).");
        }

        DnsFailureException? failure = null;
        for (var i = 0; i < options.Tries; i++)
        {
            (var answer, failure) = await TryAsync(server, name, type, wantsRecursion, overTcp: false, cancellation).ConfigureAwait(false);
            if (answer is { } octets)
            {
                if (MessageHeader.TryRead(octets.Span, out var header) && !header.IsTruncated)
                {
                    return LookupAnswer.Read(octets.Span, server, name, type);
                }

                (answer, failure) = await TryAsync(server, name, type, wantsRecursion, overTcp: true, cancellation).ConfigureAwait(false);
                return answer is { } whole ? LookupAnswer.Read(whole.Span, server, name, type) : throw failure!;
            }
        }

        throw failure!;
    }

    private async Task<(ReadOnlyMemory<byte>? Answer, DnsFailureException? Failure)> TryAsync(
        IPEndPoint server, DomainName name, RecordType type, bool wantsRecursion, bool overTcp, CancellationToken cancellation)
    {
        using var transport = new SingleServerTransport(server, overTcp, options.Timeout, time);
        using var client = new DnsClient([server.Address], [transport], disposeTransport: false, (int)options.Timeout.TotalMilliseconds);
        var message = new DnsMessage
        {
            IsQuery = true,
            IsRecursionDesired = wantsRecursion,
            IsEDnsEnabled = true,
            EDnsOptions = new OptRecord { UdpPayloadSize = PayloadSize },
        };
        message.Questions.Add(new DnsQuestion(ToArsoft(name), (Arsoft.Dns.RecordType)type, (Arsoft.Dns.RecordClass)RecordClass.IN));
        await client.SendMessageAsync(message, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return (transport.Response, transport.Response is null ? Explain(server, name, transport.Error) : null);
    }

    private static Arsoft.DomainName ToArsoft(DomainName name)
    {
        var labels = new List<string>();
        for (var rest = name; !rest.IsRoot; rest = rest.Parent)
        {
            labels.Add(Encoding.ASCII.GetString(rest.Wire.Slice(1, rest.Wire[0])));
        }

        return new Arsoft.DomainName([.. labels]);
    }

    private static DnsFailureException Explain(IPEndPoint server, DomainName name, SocketException? error) => error?.SocketErrorCode switch
    {
        null => Fail(
            FailureReason.Timeout, server, $"{server} did not answer the query for {name.ToDisplayString()}.",
            "Check that the server is up and that UDP and TCP reach it."),
        SocketError.ConnectionRefused => Fail(FailureReason.PortClosed, server, $"Nothing listens at {server}.", "Check the address and the port."),
        SocketError.ConnectionReset => Fail(
            FailureReason.ConnectionClosed, server, $"{server} closed the connection.", "Look into the server's log."),
        _ => Fail(FailureReason.Unreachable, server, $"There is no way to {server}: {error.Message}.", "Check this machine's network and routes."),
    };

    private static DnsFailureException Fail(FailureReason reason, IPEndPoint server, string message, string remedy) =>
        new(new Failure(reason, server, message, remedy));
}
