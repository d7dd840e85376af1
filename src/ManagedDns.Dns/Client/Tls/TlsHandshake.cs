using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ManagedDns.Dns.Client;

/// <summary>Begins TLS with another server (RFC 9103 §9.3): version 1.3, ALPN <c>dot</c>, and the server proves who it is before anything is sent.</summary>
internal static class TlsHandshake
{
    /// <summary>The protocol that both sides must name (RFC 7858, RFC 9103 §7.1).</summary>
    public static readonly SslApplicationProtocol Protocol = new("dot");

    /// <exception cref="DnsFailureException">TlsFailed, NoAlpn, or what is wrong with the certificate.</exception>
    public static async Task<SslStream> ConnectAsync(Socket socket, TlsTerms terms, FailureText text, TimeProvider time, CancellationToken cancellation)
    {
        var check = new CertificateCheck(terms, text);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(OptionsFor(terms, check, time), cancellation).ConfigureAwait(false);
            return stream.NegotiatedApplicationProtocol == Protocol ? stream : throw new DnsFailureException(NoAlpn(text));
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new DnsFailureException(check.Failure ?? text.ForTls(e), e);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static SslClientAuthenticationOptions OptionsFor(TlsTerms terms, CertificateCheck check, TimeProvider time) => new()
    {
        TargetHost = terms.HostName ?? "",
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        RemoteCertificateValidationCallback = check.Accept,
        CertificateChainPolicy = PolicyFor(terms, time),
        ClientCertificateContext = terms.Identity?.Context,
    };

    private static X509ChainPolicy PolicyFor(TlsTerms terms, TimeProvider time)
    {
        // Name servers come up when nothing else does: asking a third party for revocations could keep a zone from being transferred.
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
            DisableCertificateDownloads = true,
        };
        if (terms.Authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPem(terms.Authorities);
        }

        return policy;
    }

    private static Failure NoAlpn(FailureText text) => text.Make(
        FailureReason.NoAlpn, $"{text.Server} speaks TLS, but did not agree on DNS over it (ALPN 'dot').",
        $"Check that port {text.Port} of {text.Server} is the one for DNS over TLS, and update its software: RFC 9103 requires ALPN.");
}
