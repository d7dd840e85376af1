using System.Buffers.Binary;

namespace ManagedDns.Engine.Zones;

/// <summary>The numbers of an SOA record; times in seconds.</summary>
public readonly record struct SoaTimers(uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum)
{
    /// <summary>The octets that the numbers take at the end of an SOA's RDATA.</summary>
    internal const int Size = 20;

    /// <summary>Reads them from the end of SOA RDATA.</summary>
    internal static SoaTimers Read(ReadOnlySpan<byte> rdata)
    {
        var numbers = rdata[^Size..];
        return new SoaTimers(
            BinaryPrimitives.ReadUInt32BigEndian(numbers),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[16..]));
    }
}
