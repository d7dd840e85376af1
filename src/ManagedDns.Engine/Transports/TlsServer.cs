using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Dns.Client;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// Begins TLS with a client: DNS over TLS (RFC 7858) from version 1.2, as its stubs may speak; transfers count as protected over 1.3 with ALPN <c>dot</c>
/// only (RFC 9103 §7).
/// </summary>
internal static class TlsServer
{
    private static readonly SslApplicationProtocol s_protocol = new("dot");

    /// <summary>Whether a transfer over this connection is as RFC 9103 asks.</summary>
    public static bool IsForTransfers(SslStream? stream) =>
        stream is { SslProtocol: SslProtocols.Tls13 } && stream.NegotiatedApplicationProtocol == s_protocol;

    /// <summary>The pin of the key that the client has proved to have; null where it showed no certificate.</summary>
    public static string? PinOf(SslStream? stream) =>
        stream?.RemoteCertificate is X509Certificate2 certificate ? TlsIdentity.PinOf(certificate) : null;

    /// <summary>Takes over the socket's octets, not the socket.</summary>
    /// <param name="asks">Whether the client is asked for a certificate. It may have none: which one counts is for the transfer ACL to say.</param>
    /// <exception cref="AuthenticationException">It did not come to that.</exception>
    /// <exception cref="IOException">The client is gone.</exception>
    public static async Task<SslStream> AcceptAsync(Socket socket, TlsIdentity identity, bool asks, CancellationToken cancellation)
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
                    ClientCertificateRequired = asks,
                    RemoteCertificateValidationCallback = asks ? Accept : null,
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

    /// <summary>Any certificate will do, and none: what a client may do with its key is for the ACL to say, which knows it by its pin.</summary>
    private static bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None || certificate is null or X509Certificate2;
}
