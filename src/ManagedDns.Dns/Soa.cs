using System.Buffers.Binary;

namespace ManagedDns.Dns;

/// <summary>The numbers of a SOA record (RFC 1035 §3.3.13); timers in seconds.</summary>
public readonly record struct Soa(uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum)
{
    private const int NumbersLength = 20;

    /// <summary>Reads them from uncompressed RDATA; false where that is none of a SOA record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> rdata, out Soa soa)
    {
        soa = default;
        var first = WireName.Length(rdata);
        var second = first < 0 ? -1 : WireName.Length(rdata[first..]);
        if (second < 0 || rdata.Length != first + second + NumbersLength)
        {
            return false;
        }

        var numbers = rdata[^NumbersLength..];
        soa = new Soa(
            BinaryPrimitives.ReadUInt32BigEndian(numbers),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[16..]));
        return true;
    }
}
