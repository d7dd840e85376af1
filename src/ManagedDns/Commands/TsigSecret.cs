using System.Net;
using System.Security;
using System.Security.Cryptography;
using ManagedDns.Dns.Tsig;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>Makes and reads the secrets of TSIG keys: Base64, as all name servers write them.</summary>
internal static class TsigSecret
{
    /// <summary>A new secret as long as the algorithm's digest (RFC 8945 §8: no shorter, and more adds nothing).</summary>
    public static byte[] Make(TsigAlgorithm algorithm) => RandomNumberGenerator.GetBytes(DigestLength(algorithm));

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>; the message does not tell the secret.</exception>
    public static byte[] Read(SecureString secret, string keyName) => Read(new NetworkCredential("", secret).Password, keyName);

    /// <inheritdoc cref="Read(SecureString, string)"/>
    public static byte[] Read(string base64, string keyName)
    {
        var octets = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, octets, out var length) && length > 0
            ? octets[..length]
            : throw Names.Invalid(
                keyName, $"The secret of the TSIG key '{keyName}' is not Base64.", "Give it as the other server shows it, without quotes.");
    }

    /// <summary>Why the key is weaker than it could be; null when it is not.</summary>
    public static string? Weakness(TsigKey key)
    {
        if (key.Algorithm is TsigAlgorithm.HmacMd5 or TsigAlgorithm.HmacSha1)
        {
            return $"{key.Algorithm} is there for old servers only (RFC 8945 §6). Use HmacSha256 where the primary knows it.";
        }

        var digest = DigestLength(key.Algorithm);
        return key.Secret.Length < digest
            ? $"The secret has {key.Secret.Length} octets; {key.Algorithm} is at its full strength with {digest}."
            : null;
    }

    private static int DigestLength(TsigAlgorithm algorithm) => algorithm switch
    {
        TsigAlgorithm.HmacMd5 => 16,
        TsigAlgorithm.HmacSha1 => 20,
        TsigAlgorithm.HmacSha224 => 28,
        TsigAlgorithm.HmacSha384 => 48,
        TsigAlgorithm.HmacSha512 => 64,
        _ => 32,
    };
}
