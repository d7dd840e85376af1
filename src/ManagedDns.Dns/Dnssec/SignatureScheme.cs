namespace ManagedDns.Dns.Dnssec;

/// <summary>How one DNSSEC algorithm makes and checks signatures. Schemes are stateless and thread-safe; what they make is for one thread at a time.</summary>
public abstract class SignatureScheme
{
    private static readonly SignatureScheme?[] s_schemes = new SignatureScheme?[256];

    static SignatureScheme()
    {
        foreach (SignatureScheme scheme in (ReadOnlySpan<SignatureScheme>)[EcdsaScheme.P256, EcdsaScheme.P384, RsaScheme.Sha256, RsaScheme.Sha512])
        {
            s_schemes[(byte)scheme.Algorithm] = scheme;
        }
    }

    public abstract DnssecAlgorithm Algorithm { get; }

    /// <summary>The scheme of an algorithm; null where there is none here.</summary>
    public static SignatureScheme? Find(DnssecAlgorithm algorithm) => Volatile.Read(ref s_schemes[(byte)algorithm]);

    /// <exception cref="NotSupportedException">There is none here.</exception>
    public static SignatureScheme Get(DnssecAlgorithm algorithm) =>
        Find(algorithm) ?? throw new NotSupportedException($"There is no implementation of DNSSEC algorithm {algorithm} here.");

    /// <summary>Adds a scheme that needs a library which not every program of ours has.</summary>
    public static void Add(SignatureScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        Volatile.Write(ref s_schemes[(byte)scheme.Algorithm], scheme);
    }

    /// <summary>A new private key as PKCS#8.</summary>
    public abstract byte[] Generate();

    /// <summary>The public key of a PKCS#8 private key, in the form of DNSKEY records.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">That is no key of this algorithm.</exception>
    public abstract byte[] PublicKeyOf(ReadOnlySpan<byte> pkcs8);

    /// <exception cref="System.Security.Cryptography.CryptographicException">That is no key of this algorithm.</exception>
    public abstract SignatureMaker CreateMaker(ReadOnlySpan<byte> pkcs8);

    /// <summary>Something that checks signatures of a key; null where the public key is none of this algorithm.</summary>
    public abstract SignatureChecker? CreateChecker(ReadOnlySpan<byte> publicKey);
}

/// <summary>Makes signatures with one private key, on one thread at a time.</summary>
public abstract class SignatureMaker : IDisposable
{
    /// <summary>The length of every signature in octets.</summary>
    public abstract int Length { get; }

    public abstract void Sign(ReadOnlySpan<byte> data, Span<byte> signature);

    public abstract void Dispose();
}

/// <summary>Checks signatures of one public key, on one thread at a time.</summary>
public abstract class SignatureChecker : IDisposable
{
    public abstract bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    public abstract void Dispose();
}
