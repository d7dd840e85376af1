using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ManagedDns.Dns.Client;

/// <summary>Judges the certificate that a server presents by the terms that were set for it, and remembers why not.</summary>
internal sealed class CertificateCheck(TlsTerms terms, FailureText text)
{
    /// <summary>Why the server was not accepted.</summary>
    public Failure? Failure { get; private set; }

    public bool Accept(object sender, X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors)
    {
        Failure = presented is X509Certificate2 certificate
            ? CheckPin(certificate) ?? (terms.HostName is null ? null : CheckName(certificate, chain, errors))
            : text.Make(FailureReason.CertificateUntrusted, $"{text.Server} presented no certificate.", $"Give {text.Server} a certificate.");
        return Failure is null;
    }

    private Failure? CheckPin(X509Certificate2 certificate)
    {
        var pin = TlsIdentity.PinOf(certificate);
        return terms.Pins.IsEmpty || terms.Pins.Contains(pin)
            ? null
            : text.Make(
                FailureReason.CertificatePin,
                $"{text.Server} presented a key that is not pinned: {pin}, of the certificate of {certificate.Subject}.",
                $"If the key was changed on purpose: Set-PrimaryNameServer -TlsPin '{pin}'. If not, somebody else answers for {text.Server}.");
    }

    private Failure? CheckName(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var statuses = chain?.ChainStatus.Select(status => status.Status).ToList() ?? [];
        if (statuses.Contains(X509ChainStatusFlags.NotTimeValid))
        {
            return text.Make(
                FailureReason.CertificateExpired,
                string.Create(CultureInfo.InvariantCulture, $"The certificate of {text.Server} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u} only."),
                $"Renew the certificate of {text.Server}, or set the clock of this machine.");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return text.Make(
                FailureReason.CertificateName, $"The certificate of {text.Server} is not for {terms.HostName}: it is for {NamesOf(certificate)}.",
                $"Set the name that the certificate carries: Set-PrimaryNameServer -TlsHostName; or give {text.Server} a certificate for {terms.HostName}.");
        }

        return errors == SslPolicyErrors.None
            ? null
            : text.Make(
                FailureReason.CertificateUntrusted,
                $"The certificate of {text.Server} leads to no authority that is trusted ({string.Join(", ", statuses)}); it was issued by {certificate.Issuer}.",
                $"Trust its authority: Set-PrimaryNameServer -TlsAuthorityPath; or pin its key: Set-PrimaryNameServer -TlsPin '{TlsIdentity.PinOf(certificate)}'.");
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).ToList();
        return names.Count == 0 ? "no name" : string.Join(", ", names);
    }
}
