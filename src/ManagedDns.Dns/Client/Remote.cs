using System.Net;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Dns.Client;

/// <summary>Another name server and how we talk to it.</summary>
/// <param name="Key">Signs what we send, and then every answer must be signed with it; null: neither.</param>
/// <param name="Source">The address we send from; null: the system chooses.</param>
public sealed record Remote(IPEndPoint EndPoint, TsigKey? Key = null, IPAddress? Source = null);

public enum DnsTransport
{
    Udp, Tcp,
}
