using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>What PKCS#8 private keys are about, without signing with them.</summary>
public static class PrivateKeyForms
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";
    private const string Ed25519 = "1.3.101.112";

    /// <summary>The DNSSEC algorithms that a key may be used with; none: no key of an algorithm that is signed with here.</summary>
    /// <exception cref="FormatException">That is no PKCS#8 private key.</exception>
    public static IReadOnlyList<DnssecAlgorithm> AlgorithmsOf(ReadOnlyMemory<byte> pkcs8) => Read(pkcs8, (kind, curve, _) => (kind, curve) switch
    {
        (Rsa, _) => (IReadOnlyList<DnssecAlgorithm>)[DnssecAlgorithm.RsaSha256, DnssecAlgorithm.RsaSha512],
        (EllipticCurve, P256) => [DnssecAlgorithm.EcdsaP256Sha256],
        (EllipticCurve, P384) => [DnssecAlgorithm.EcdsaP384Sha384],
        (Ed25519, _) => [DnssecAlgorithm.Ed25519],
        _ => [],
    });

    /// <summary>The public key in the form of DNSKEY records.</summary>
    /// <exception cref="FormatException">That is no private key of the algorithm.</exception>
    public static byte[] PublicKeyOf(DnssecAlgorithm algorithm, ReadOnlyMemory<byte> pkcs8)
    {
        if (!AlgorithmsOf(pkcs8).Contains(algorithm))
        {
            throw new FormatException($"The private key is none of {algorithm}.");
        }

        try
        {
            return algorithm == DnssecAlgorithm.Ed25519 ? Ed25519PublicKey.Of(SeedOf(pkcs8)) : SignatureScheme.Get(algorithm).PublicKeyOf(pkcs8.Span);
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"The private key cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The seed of an Ed25519 key.</summary>
    /// <exception cref="FormatException">It has none.</exception>
    public static byte[] SeedOf(ReadOnlyMemory<byte> pkcs8)
    {
        var seed = Read(pkcs8, (_, _, key) => new AsnReader(key, AsnEncodingRules.BER).ReadOctetString());
        return seed.Length == Ed25519PublicKey.Length ? seed : throw new FormatException($"An Ed25519 key has {Ed25519PublicKey.Length} octets, not {seed.Length}.");
    }

    /// <summary>The PKCS#8 form of an Ed25519 seed (RFC 8410 §7): an octet string in an octet string.</summary>
    public static byte[] FromSeed(ReadOnlySpan<byte> seed)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        inner.WriteOctetString(seed);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Ed25519);
            }

            writer.WriteOctetString(inner.Encode());
        }

        return writer.Encode();
    }

    private static T Read<T>(ReadOnlyMemory<byte> pkcs8, Func<string, string?, ReadOnlyMemory<byte>, T> read)
    {
        try
        {
            var sequence = new AsnReader(pkcs8, AsnEncodingRules.BER).ReadSequence();
            sequence.ReadInteger();
            var algorithm = sequence.ReadSequence();
            var kind = algorithm.ReadObjectIdentifier();
            var curve = algorithm.HasData && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier ? algorithm.ReadObjectIdentifier() : null;
            return read(kind, curve, sequence.ReadOctetString());
        }
        catch (AsnContentException e)
        {
            throw new FormatException("The private key is not in the form of PKCS#8.", e);
        }
    }
}
