using System.Buffers.Binary;

namespace ManagedDns.Dns.Dnssec;

/// <summary>The RDATA of an RRSIG record (RFC 4034 §3), read where it lies. Times are seconds since 1970, modulo 2^32.</summary>
public readonly ref struct Rrsig
{
    /// <summary>The octets before the signer's name.</summary>
    public const int FixedLength = 18;

    private Rrsig(ReadOnlySpan<byte> rdata, int signerLength)
    {
        Covered = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(rdata);
        Algorithm = (DnssecAlgorithm)rdata[2];
        Labels = rdata[3];
        OriginalTtl = BinaryPrimitives.ReadUInt32BigEndian(rdata[4..]);
        Expiration = BinaryPrimitives.ReadUInt32BigEndian(rdata[8..]);
        Inception = BinaryPrimitives.ReadUInt32BigEndian(rdata[12..]);
        KeyTag = BinaryPrimitives.ReadUInt16BigEndian(rdata[16..]);
        Signer = rdata.Slice(FixedLength, signerLength);
        Signature = rdata[(FixedLength + signerLength)..];
        Header = rdata[..(FixedLength + signerLength)];
    }

    public RecordType Covered { get; }

    public DnssecAlgorithm Algorithm { get; }

    /// <summary>The labels of the owner that was signed, the root and a leading <c>*</c> not counted.</summary>
    public byte Labels { get; }

    public uint OriginalTtl { get; }

    public uint Expiration { get; }

    public uint Inception { get; }

    public ushort KeyTag { get; }

    public ReadOnlySpan<byte> Signer { get; }

    public ReadOnlySpan<byte> Signature { get; }

    /// <summary>All but the signature: this is signed too.</summary>
    public ReadOnlySpan<byte> Header { get; }

    public static bool TryRead(ReadOnlySpan<byte> rdata, out Rrsig signature)
    {
        signature = default;
        var signer = rdata.Length > FixedLength ? WireName.Length(rdata[FixedLength..]) : -1;
        if (signer < 0 || FixedLength + signer == rdata.Length)
        {
            return false;
        }

        signature = new(rdata, signer);
        return true;
    }

    /// <summary>Whether the signature is valid at a time, both ends included, in the serial arithmetic of RFC 4034 §3.1.5.</summary>
    public bool IsValidAt(DateTimeOffset time) => IsValidAt(Seconds(time));

    public bool IsValidAt(uint time) => unchecked((int)(time - Inception)) >= 0 && unchecked((int)(Expiration - time)) >= 0;

    /// <summary>A time as RRSIG records have it.</summary>
    public static uint Seconds(DateTimeOffset time) => unchecked((uint)time.ToUnixTimeSeconds());

    /// <summary>The time that RRSIG seconds mean, taken as the one nearest to <paramref name="now"/>.</summary>
    public static DateTimeOffset Time(uint seconds, DateTimeOffset now) => DateTimeOffset.FromUnixTimeSeconds(
        now.ToUnixTimeSeconds() + unchecked((int)(seconds - Seconds(now))));

    /// <summary>Writes the header of a signature to be made and returns its length.</summary>
    public static int WriteHeader(
        Span<byte> to, RecordType covered, DnssecAlgorithm algorithm, int labels, uint originalTtl, uint expiration, uint inception, ushort keyTag,
        ReadOnlySpan<byte> signer)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)covered);
        to[2] = (byte)algorithm;
        to[3] = (byte)labels;
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], originalTtl);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], expiration);
        BinaryPrimitives.WriteUInt32BigEndian(to[12..], inception);
        BinaryPrimitives.WriteUInt16BigEndian(to[16..], keyTag);
        signer.CopyTo(to[FixedLength..]);
        // RFC 4034 §3.1.7: the signer's name is in canonical form when it is signed, and we send it so.
        WireName.MakeLower(to.Slice(FixedLength, signer.Length));
        return FixedLength + signer.Length;
    }

    /// <summary>The number of labels as the Labels field counts them.</summary>
    public static int CountLabels(ReadOnlySpan<byte> owner)
    {
        var count = 0;
        for (var i = 0; owner[i] != 0; i += owner[i] + 1)
        {
            count++;
        }

        return owner is [1, (byte)'*', ..] ? count - 1 : count;
    }
}
