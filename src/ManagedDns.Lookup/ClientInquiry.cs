using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Lookup;

/// <summary>
/// Asks with the server's own client: the server can become one program of machine code, and ARSoft's library cannot be part of one.
/// </summary>
public sealed class ClientInquiry(DnsClient client, LookupOptions options) : IInquiry
{
    public async Task<LookupAnswer> AskAsync(IPEndPoint server, DomainName name, RecordType type, bool wantsRecursion, CancellationToken cancellation)
    {
        var question = new QueryOptions
        {
            Tries = options.Tries,
            Timeout = options.Timeout,
            RecursionDesired = wantsRecursion,
            UdpPayloadSize = EdnsHeader.DefaultPayloadSize,
        };
        var response = await client.QueryAsync(new(server), name, type, question, cancellation).ConfigureAwait(false);
        return LookupAnswer.Read(response.Message.Span, server, name, type);
    }
}
