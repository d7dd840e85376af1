using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Dns.Client;

namespace ManagedDns.TestKit;

/// <summary>An authority made for one test, and the certificates that it issues.</summary>
public sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public TestCertificates(string name = "Test authority")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        _authority = request.CreateSelfSigned(s_now.AddYears(-2), s_now.AddYears(2));
    }

    /// <summary>The authority's certificate in PEM.</summary>
    public string Pem => _authority.ExportCertificatePem();

    public TlsIdentity Issue(string hostName, bool expired = false) => TlsIdentity.FromPem(IssuePem(hostName, expired, out var key), key);

    /// <summary>A certificate and its key in PEM.</summary>
    public string IssuePem(string hostName, bool expired, out string keyPem)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(
            _authority, s_now.AddYears(-1), expired ? s_now.AddDays(-1) : s_now.AddYears(1), RandomNumberGenerator.GetBytes(8));
        keyPem = key.ExportPkcs8PrivateKeyPem();
        return certificate.ExportCertificatePem();
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }
}
