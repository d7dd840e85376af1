using System.Security.Cryptography;

namespace ManagedDns.Dns.Tsig;

/// <summary>The algorithms of RFC 8945 §6. The names are the cmdlets' parameter values.</summary>
public enum TsigAlgorithm
{
    HmacSha256, HmacMd5, HmacSha1, HmacSha224, HmacSha384, HmacSha512,
}

/// <summary>A TSIG key as the protocol uses it. Two are equal when they sign alike. <see cref="ToString"/> never tells the secret.</summary>
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

    public bool Equals(TsigKey? other) =>
        other is not null && Name == other.Name && Algorithm == other.Algorithm && MacLength == other.MacLength
        && CryptographicOperations.FixedTimeEquals(Secret.Span, other.Secret.Span);

    public override bool Equals(object? obj) => Equals(obj as TsigKey);

    public override int GetHashCode() => HashCode.Combine(Name, Algorithm);

    public override string ToString() => $"{Name.ToDisplayString()} ({Algorithm})";
}
