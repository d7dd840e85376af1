using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ManagedDns.Dns.Client;

/// <summary>A certificate with its private key and the certificates between it and its authority. Two are equal when they are made of the same octets.</summary>
public sealed class TlsIdentity : IEquatable<TlsIdentity>
{
    private readonly byte[] _pkcs12;
    private readonly Lazy<SslStreamCertificateContext> _context;

    private TlsIdentity(byte[] pkcs12, X509Certificate2Collection certificates)
    {
        _pkcs12 = pkcs12;
        Certificate = certificates.First(certificate => certificate.HasPrivateKey);
        var others = new X509Certificate2Collection(certificates.Where(certificate => !certificate.HasPrivateKey).ToArray());
        _context = new(() => SslStreamCertificateContext.Create(Certificate, others, offline: true));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of the key in base64, as others pin it.</summary>
    public string Pin => PinOf(Certificate);

    /// <summary>What a handshake presents.</summary>
    public SslStreamCertificateContext Context => _context.Value;

    /// <param name="pkcs12">A PKCS #12 file without a password.</param>
    /// <exception cref="CryptographicException">It is none, or has no private key.</exception>
    public static TlsIdentity FromPkcs12(ReadOnlySpan<byte> pkcs12)
    {
        var octets = pkcs12.ToArray();
        var certificates = X509CertificateLoader.LoadPkcs12Collection(octets, null, X509KeyStorageFlags.Exportable);
        return certificates.Any(certificate => certificate.HasPrivateKey)
            ? new TlsIdentity(octets, certificates)
            : throw new CryptographicException("There is no private key with the certificate.");
    }

    /// <param name="certificates">In PEM: the certificate itself first, then those between it and its authority.</param>
    /// <param name="key">In PEM, not encrypted; may be the same text.</param>
    /// <exception cref="CryptographicException">There is no certificate, no key, or they do not belong together.</exception>
    public static TlsIdentity FromPem(string certificates, string key)
    {
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPem(certificates, key);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The private key does not belong to the certificate.", e);
        }

        using (own)
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(certificates);
            X509Certificate2[] chain = [own, .. all.Skip(1)];
            var export = new X509Certificate2Collection(chain);
            return FromPkcs12(export.Export(X509ContentType.Pkcs12)!);
        }
    }

    /// <summary>The octets from which <see cref="FromPkcs12"/> makes it again; they hold the private key.</summary>
    public byte[] ToPkcs12() => [.. _pkcs12];

    /// <summary>SHA-256 of a certificate's SubjectPublicKeyInfo in base64 (RFC 7858 §4.2).</summary>
    public static string PinOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    public bool Equals(TlsIdentity? other) => other is not null && _pkcs12.AsSpan().SequenceEqual(other._pkcs12);

    public override bool Equals(object? obj) => Equals(obj as TlsIdentity);

    public override int GetHashCode() => Certificate.GetHashCode();
}
