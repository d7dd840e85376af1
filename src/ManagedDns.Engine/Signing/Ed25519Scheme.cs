using System.Formats.Asn1;
using System.Security.Cryptography;
using ManagedDns.Dns.Dnssec;
using NSec.Cryptography;

namespace ManagedDns.Engine.Signing;

/// <summary>Ed25519 (RFC 8080), by libsodium through NSec: .NET has none of its own. Its signatures need no nonce from outside (RFC 8032).</summary>
public sealed class Ed25519Scheme : SignatureScheme
{
    private const int KeyLength = 32;
    private const string Oid = "1.3.101.112";

    private static readonly Ed25519 s_ed25519 = NSec.Cryptography.SignatureAlgorithm.Ed25519;

    public override DnssecAlgorithm Algorithm => DnssecAlgorithm.Ed25519;

    /// <summary>Makes the algorithm known to all that signs and verifies in this process.</summary>
    public static void Register() => Add(new Ed25519Scheme());

    public override byte[] Generate()
    {
        // RFC 8410 §7: an octet string in an octet string.
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oid);
            }

            using (writer.PushOctetString())
            {
                writer.WriteOctetString(RandomNumberGenerator.GetBytes(KeyLength));
            }
        }

        return writer.Encode();
    }

    public override byte[] PublicKeyOf(ReadOnlySpan<byte> pkcs8)
    {
        using var key = Import(pkcs8);
        return key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    public override SignatureMaker CreateMaker(ReadOnlySpan<byte> pkcs8) => new Maker(Import(pkcs8));

    public override SignatureChecker? CreateChecker(ReadOnlySpan<byte> publicKey) =>
        PublicKey.TryImport(s_ed25519, publicKey, KeyBlobFormat.RawPublicKey, out var key) && key is not null ? new Checker(key) : null;

    private static Key Import(ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            var reader = new AsnReader(pkcs8.ToArray(), AsnEncodingRules.DER).ReadSequence();
            reader.ReadInteger();
            var algorithm = reader.ReadSequence().ReadObjectIdentifier();
            var seed = new AsnReader(reader.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
            return algorithm == Oid && seed.Length == KeyLength
                ? Key.Import(s_ed25519, seed, KeyBlobFormat.RawPrivateKey)
                : throw new CryptographicException("The key is none of Ed25519.");
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The key is no PKCS#8 private key.", e);
        }
    }

    private sealed class Maker(Key key) : SignatureMaker
    {
        public override int Length => s_ed25519.SignatureSize;

        public override void Sign(ReadOnlySpan<byte> data, Span<byte> signature) => s_ed25519.Sign(key, data, signature[..Length]);

        public override void Dispose() => key.Dispose();
    }

    private sealed class Checker(PublicKey key) : SignatureChecker
    {
        public override bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => s_ed25519.Verify(key, data, signature);

        public override void Dispose()
        {
        }
    }
}
