using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Commands;
using ManagedDns.Dns.Client;

namespace ManagedDns.KeyFiles;

/// <summary>Reads a certificate with its private key: PEM, in one file or two, or PKCS #12.</summary>
internal static class CertificateFile
{
    private const string Remedy = "Give a PEM file with the certificate first and its key in the same file or by -PrivateKeyPath, or a PKCS #12 file; both with -CertificatePassword where they are encrypted.";

    /// <exception cref="Store.StoreException">Invalid: it cannot be read, or is no certificate with its key.</exception>
    public static TlsIdentity Read(string path, string? keyPath, SecureString? password)
    {
        try
        {
            var octets = File.ReadAllBytes(path);
            var secret = password is null ? null : new NetworkCredential("", password).Password;
            return octets.AsSpan().IndexOf("-----BEGIN"u8) < 0 ? FromPkcs12(octets, secret) : FromPem(path, keyPath ?? path, secret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            var why = e is CryptographicException ? "it is none, its private key is not there, or the password is another one." : Names.Why(e);
            throw Names.Invalid(path, $"'{path}' cannot be used as a certificate: {why}", Remedy);
        }
    }

    private static TlsIdentity FromPem(string path, string keyPath, string? password)
    {
        var (certificates, key) = (File.ReadAllText(path), File.ReadAllText(keyPath));
        if (password is null)
        {
            return TlsIdentity.FromPem(certificates, key);
        }

        using var opened = X509Certificate2.CreateFromEncryptedPem(certificates, key, password);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(certificates);
        all.RemoveAt(0);
        all.Insert(0, opened);
        return TlsIdentity.FromPkcs12(all.Export(X509ContentType.Pkcs12)!);
    }

    private static TlsIdentity FromPkcs12(byte[] octets, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(octets, password, X509KeyStorageFlags.Exportable);
        return TlsIdentity.FromPkcs12(all.Export(X509ContentType.Pkcs12)!);
    }
}
