using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ManagedDns.Dns.Client;

namespace ManagedDns.Engine.Transports;

/// <summary>Begins TLS with a client: DNS over TLS (RFC 7858) from version 1.2, as its stubs may speak; transfers come to 1.3 by ALPN (RFC 9103 §7.1).</summary>
internal static class TlsServer
{
    private static readonly SslApplicationProtocol s_protocol = new("dot");

    /// <summary>Takes over the socket's octets, not the socket.</summary>
    /// <exception cref="AuthenticationException">It did not come to that.</exception>
    /// <exception cref="IOException">The client is gone.</exception>
    public static async Task<SslStream> AcceptAsync(Socket socket, TlsIdentity identity, CancellationToken cancellation)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = identity.Context,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ApplicationProtocols = [s_protocol],
                },
                cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
