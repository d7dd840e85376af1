using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>
/// ECDSA with P-256 or P-384 (RFC 6605): keys are X and Y, signatures R and S, which is IEEE P1363 form. The nonces are those of the platform's library:
/// random, and with OpenSSL mixed with the key and the digest, so that a weak source of randomness alone does not give the key away.
/// </summary>
internal sealed class EcdsaScheme : SignatureScheme
{
    public static readonly EcdsaScheme P256 = new(DnssecAlgorithm.EcdsaP256Sha256, ECCurve.NamedCurves.nistP256, 32);
    public static readonly EcdsaScheme P384 = new(DnssecAlgorithm.EcdsaP384Sha384, ECCurve.NamedCurves.nistP384, 48);

    private readonly ECCurve _curve;
    private readonly int _size;

    private EcdsaScheme(DnssecAlgorithm algorithm, ECCurve curve, int size)
    {
        Algorithm = algorithm;
        _curve = curve;
        _size = size;
    }

    public override DnssecAlgorithm Algorithm { get; }

    public override byte[] Generate()
    {
        using var key = ECDsa.Create(_curve);
        return key.ExportPkcs8PrivateKey();
    }

    public override byte[] PublicKeyOf(ReadOnlySpan<byte> pkcs8)
    {
        using var key = Import(pkcs8);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [.. point.X!, .. point.Y!];
    }

    public override SignatureMaker CreateMaker(ReadOnlySpan<byte> pkcs8) => new Maker(Import(pkcs8), _size);

    public override SignatureChecker? CreateChecker(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != 2 * _size)
        {
            return null;
        }

        var point = new ECPoint { X = publicKey[.._size].ToArray(), Y = publicKey[_size..].ToArray() };
        try
        {
            return new Checker(ECDsa.Create(new ECParameters { Curve = _curve, Q = point }), _size);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private ECDsa Import(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key.KeySize == 8 * _size ? key : throw new CryptographicException($"The key has {key.KeySize} bits; {Algorithm} needs {8 * _size}.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static int Digest(int size, ReadOnlySpan<byte> data, Span<byte> digest) =>
        size == 32 ? SHA256.HashData(data, digest) : SHA384.HashData(data, digest);

    private sealed class Maker(ECDsa key, int size) : SignatureMaker
    {
        public override int Length => 2 * size;

        public override void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
        {
            Span<byte> digest = stackalloc byte[64];
            var length = Digest(size, data, digest);
            if (!key.TrySignHash(digest[..length], signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out var written) || written != Length)
            {
                throw new CryptographicException("The signature does not have the length of its algorithm.");
            }
        }

        public override void Dispose() => key.Dispose();
    }

    private sealed class Checker(ECDsa key, int size) : SignatureChecker
    {
        public override bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        {
            Span<byte> digest = stackalloc byte[64];
            var length = Digest(size, data, digest);
            return key.VerifyHash(digest[..length], signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }

        public override void Dispose() => key.Dispose();
    }
}
