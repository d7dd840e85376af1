using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>RSA with SHA-256 or SHA-512 (RFC 5702), keys in the form of RFC 3110; new keys have 2048 bits.</summary>
internal sealed class RsaScheme : SignatureScheme
{
    public static readonly RsaScheme Sha256 = new(DnssecAlgorithm.RsaSha256, HashAlgorithmName.SHA256);
    public static readonly RsaScheme Sha512 = new(DnssecAlgorithm.RsaSha512, HashAlgorithmName.SHA512);

    private const int NewKeyBits = 2048;
    private const int LongestKeyBits = 4096;

    private readonly HashAlgorithmName _hash;

    private RsaScheme(DnssecAlgorithm algorithm, HashAlgorithmName hash)
    {
        Algorithm = algorithm;
        _hash = hash;
    }

    public override DnssecAlgorithm Algorithm { get; }

    public override byte[] Generate()
    {
        using var key = RSA.Create(NewKeyBits);
        return key.ExportPkcs8PrivateKey();
    }

    public override byte[] PublicKeyOf(ReadOnlySpan<byte> pkcs8)
    {
        using var key = Import(pkcs8);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var (exponent, modulus) = (parameters.Exponent!, parameters.Modulus!);
        return [(byte)exponent.Length, .. exponent, .. modulus];
    }

    public override SignatureMaker CreateMaker(ReadOnlySpan<byte> pkcs8) => new Maker(Import(pkcs8), _hash);

    public override SignatureChecker? CreateChecker(ReadOnlySpan<byte> publicKey)
    {
        // RFC 3110 §2: one octet of length, or 0 and two.
        var start = publicKey is [0, _, _, ..] ? 3 : 1;
        if (publicKey.Length < start)
        {
            return null;
        }

        var length = start == 1 ? publicKey[0] : publicKey[1] << 8 | publicKey[2];
        if (length == 0 || publicKey.Length <= start + length || 8 * (publicKey.Length - start - length) > LongestKeyBits)
        {
            return null;
        }

        try
        {
            return new Checker(
                RSA.Create(new RSAParameters { Exponent = publicKey.Slice(start, length).ToArray(), Modulus = publicKey[(start + length)..].ToArray() }), _hash);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static RSA Import(ReadOnlySpan<byte> pkcs8)
    {
        var key = RSA.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private sealed class Maker(RSA key, HashAlgorithmName hash) : SignatureMaker
    {
        public override int Length => key.KeySize / 8;

        public override void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
        {
            if (!key.TrySignData(data, signature, hash, RSASignaturePadding.Pkcs1, out var written) || written != Length)
            {
                throw new CryptographicException("The signature does not have the length of its key.");
            }
        }

        public override void Dispose() => key.Dispose();
    }

    private sealed class Checker(RSA key, HashAlgorithmName hash) : SignatureChecker
    {
        public override bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
            key.VerifyData(data, signature, hash, RSASignaturePadding.Pkcs1);

        public override void Dispose() => key.Dispose();
    }
}
