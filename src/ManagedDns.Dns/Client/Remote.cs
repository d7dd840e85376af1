using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Dns.Client;

/// <summary>Another name server and how we talk to it.</summary>
/// <param name="Key">Signs what we send, and then every answer must be signed with it; null: neither.</param>
/// <param name="Source">The address we send from; null: the system chooses.</param>
/// <param name="Tls">Everything goes over TLS, on these terms; null: nothing does.</param>
public sealed record Remote(IPEndPoint EndPoint, TsigKey? Key = null, IPAddress? Source = null, TlsTerms? Tls = null)
{
    /// <summary>The same server with the address that a connected socket really sends from: the one its operator must permit.</summary>
    internal Remote From(Socket socket) => this with { Source = (socket.LocalEndPoint as IPEndPoint)?.Address ?? Source };
}
