using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>A public key of a zone: what a DNSKEY, CDNSKEY or DS record is about (RFC 4034 §2).</summary>
public sealed class DnsKey : IEquatable<DnsKey>
{
    public const ushort ZoneFlag = 0x0100;
    public const ushort RevokeFlag = 0x0080;
    public const ushort SecureEntryPointFlag = 0x0001;

    private const int HeaderLength = 4;
    private const byte DnssecProtocol = 3;

    private readonly byte[] _rdata;

    public DnsKey(ushort flags, DnssecAlgorithm algorithm, ReadOnlySpan<byte> publicKey)
        : this(Join(flags, algorithm, publicKey))
    {
    }

    private DnsKey(byte[] rdata)
    {
        _rdata = rdata;
        Tag = ComputeTag(rdata);
    }

    public ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(_rdata);

    public DnssecAlgorithm Algorithm => (DnssecAlgorithm)_rdata[3];

    /// <summary>The key in the form of its algorithm (RFC 3110, RFC 6605, RFC 8080).</summary>
    public ReadOnlySpan<byte> PublicKey => _rdata.AsSpan(HeaderLength);

    /// <summary>The RDATA of its DNSKEY and CDNSKEY records.</summary>
    public ReadOnlyMemory<byte> Rdata => _rdata;

    /// <summary>The key tag (RFC 4034 appendix B). Different keys may share one.</summary>
    public ushort Tag { get; }

    public bool IsZoneKey => (Flags & ZoneFlag) != 0 && _rdata[2] == DnssecProtocol;

    public bool IsSecureEntryPoint => (Flags & SecureEntryPointFlag) != 0;

    public bool IsRevoked => (Flags & RevokeFlag) != 0;

    /// <summary>Reads the RDATA of a DNSKEY or CDNSKEY record.</summary>
    /// <returns>Null where that is none.</returns>
    public static DnsKey? TryRead(ReadOnlySpan<byte> rdata) => rdata.Length > HeaderLength ? new(rdata.ToArray()) : null;

    /// <summary>The RDATA of the DS or CDS record for this key of <paramref name="zone"/> (RFC 4034 §5.1.4).</summary>
    public byte[] Ds(DomainName zone, DsDigestType digest)
    {
        ArgumentNullException.ThrowIfNull(zone);
        Span<byte> input = stackalloc byte[DomainName.MaxWireLength + _rdata.Length];
        zone.Wire.CopyTo(input);
        WireName.MakeLower(input[..zone.Wire.Length]);
        _rdata.CopyTo(input[zone.Wire.Length..]);
        input = input[..(zone.Wire.Length + _rdata.Length)];
        byte[] hash = digest switch
        {
            DsDigestType.Sha256 => SHA256.HashData(input),
            DsDigestType.Sha384 => SHA384.HashData(input),
            _ => throw new NotSupportedException($"DS records with digest type {(int)digest} are not made."),
        };
        var rdata = new byte[HeaderLength + hash.Length];
        BinaryPrimitives.WriteUInt16BigEndian(rdata, Tag);
        rdata[2] = (byte)Algorithm;
        rdata[3] = (byte)digest;
        hash.CopyTo(rdata.AsSpan(HeaderLength));
        return rdata;
    }

    /// <summary>Whether the RDATA of a DS or CDS record is for this key of <paramref name="zone"/>. Digests that are unknown here never match.</summary>
    public bool Matches(DomainName zone, ReadOnlySpan<byte> ds) =>
        ds.Length > HeaderLength && BinaryPrimitives.ReadUInt16BigEndian(ds) == Tag && ds[2] == (byte)Algorithm
        && (DsDigestType)ds[3] is DsDigestType.Sha256 or DsDigestType.Sha384 && ds.SequenceEqual(Ds(zone, (DsDigestType)ds[3]));

    public bool Equals(DnsKey? other) => other is not null && _rdata.AsSpan().SequenceEqual(other._rdata);

    public override bool Equals(object? obj) => Equals(obj as DnsKey);

    public override int GetHashCode() => HashCode.Combine(Tag, _rdata.Length);

    public override string ToString() => $"{Tag} ({Algorithm}, {(IsSecureEntryPoint ? "secure entry point" : "zone key")})";

    private static byte[] Join(ushort flags, DnssecAlgorithm algorithm, ReadOnlySpan<byte> publicKey)
    {
        var rdata = new byte[HeaderLength + publicKey.Length];
        BinaryPrimitives.WriteUInt16BigEndian(rdata, flags);
        rdata[2] = DnssecProtocol;
        rdata[3] = (byte)algorithm;
        publicKey.CopyTo(rdata.AsSpan(HeaderLength));
        return rdata;
    }

    private static ushort ComputeTag(ReadOnlySpan<byte> rdata)
    {
        var sum = 0u;
        for (var i = 0; i < rdata.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)rdata[i] << 8 : rdata[i];
        }

        return (ushort)(sum + (sum >> 16));
    }
}
