using System.Security.Cryptography;

namespace ManagedDns.Dns.Tsig;

/// <summary>The algorithms of RFC 8945 §6. The names are the cmdlets' parameter values.</summary>
public enum TsigAlgorithm
{
    HmacSha256, HmacMd5, HmacSha1, HmacSha224, HmacSha384, HmacSha512,
}

/// <summary>A TSIG key as the protocol uses it. Two are equal when they and their successors sign alike. <see cref="ToString"/> never tells the secret.</summary>
public sealed class TsigKey(DomainName name, TsigAlgorithm algorithm, ReadOnlyMemory<byte> secret) : IEquatable<TsigKey>
{
    public DomainName Name { get; } = name;

    public TsigAlgorithm Algorithm { get; } = algorithm;

    public ReadOnlyMemory<byte> Secret { get; } = secret;

    /// <summary>The octets of a MAC that are sent, and that a peer must send at least: the whole MAC unless set (RFC 8945 §5.2.2.1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than half of the MAC or than ten octets, or more than the MAC.</exception>
    public int MacLength
    {
        get => field;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Algorithm.ShortestMacLength());
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Algorithm.MacLength());
            field = value;
        }
    } = algorithm.MacLength();

    /// <summary>The key that is taking this one's place: until the rollover ends, both are good. It may have the same name, with another secret.</summary>
    public TsigKey? Successor { get; init; }

    /// <summary>
    /// Tells keys apart, those of one name too, without telling the secret: eight hexadecimal digits, alike wherever name, algorithm and secret are.
    /// Whoever can read one signed message knows as much of the secret.
    /// </summary>
    public string Fingerprint => field ??= MakeFingerprint();

    /// <summary>Whether what the other key signs is as good as if this one had signed it.</summary>
    public bool Accepts(TsigKey? other) => other is not null && (SignsLike(other) || (Successor is not null && Successor.SignsLike(other)));

    public bool Equals(TsigKey? other) => other is not null && SignsLike(other) && Equals(Successor, other.Successor);

    public override bool Equals(object? obj) => Equals(obj as TsigKey);

    public override int GetHashCode() => HashCode.Combine(Name, Algorithm);

    private bool SignsLike(TsigKey other) =>
        Name == other.Name && Algorithm == other.Algorithm && MacLength == other.MacLength
        && CryptographicOperations.FixedTimeEquals(Secret.Span, other.Secret.Span);

    private string MakeFingerprint()
    {
        Span<byte> name = stackalloc byte[Name.Wire.Length];
        Name.Wire.CopyTo(name);
        WireName.MakeLower(name);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Secret.Span);
        hmac.AppendData("TSIG key fingerprint"u8);
        hmac.AppendData(name);
        hmac.AppendData(Algorithm.WireName().Wire);
        return Convert.ToHexStringLower(hmac.GetHashAndReset().AsSpan(0, 4));
    }

    public override string ToString() => $"{Name.ToDisplayString()} ({Algorithm})";
}
