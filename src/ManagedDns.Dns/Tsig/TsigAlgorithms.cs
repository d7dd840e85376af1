namespace ManagedDns.Dns.Tsig;

/// <summary>The algorithms' names on the wire and the lengths of their MACs (RFC 8945 §6).</summary>
public static class TsigAlgorithms
{
    private static readonly (TsigAlgorithm Algorithm, DomainName Name, int MacLength)[] s_all =
    [
        (TsigAlgorithm.HmacSha256, DomainName.Parse("hmac-sha256."), 32),
        (TsigAlgorithm.HmacMd5, DomainName.Parse("hmac-md5.sig-alg.reg.int."), 16),
        (TsigAlgorithm.HmacSha1, DomainName.Parse("hmac-sha1."), 20),
        (TsigAlgorithm.HmacSha224, DomainName.Parse("hmac-sha224."), 28),
        (TsigAlgorithm.HmacSha384, DomainName.Parse("hmac-sha384."), 48),
        (TsigAlgorithm.HmacSha512, DomainName.Parse("hmac-sha512."), 64),
    ];

    /// <summary>The longest MAC.</summary>
    public const int MaxMacLength = 64;

    public static DomainName WireName(this TsigAlgorithm algorithm) => s_all[(int)algorithm].Name;

    /// <summary>The length of a whole MAC in octets.</summary>
    public static int MacLength(this TsigAlgorithm algorithm) => s_all[(int)algorithm].MacLength;

    /// <summary>The shortest truncated MAC that RFC 8945 §5.2.2.1 lets anyone send: half, and at least ten octets.</summary>
    public static int ShortestMacLength(this TsigAlgorithm algorithm) => Math.Max(10, algorithm.MacLength() / 2);
}
