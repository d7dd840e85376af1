using System.Numerics;
using System.Runtime.InteropServices;

namespace ManagedDns.Store.Contents;

/// <summary>
/// CRC-32C (Castagnoli) over a chunk and its place: SQLite keeps no checksum of what lies in the file, and disks return other things than were
/// written.
/// </summary>
internal static class Checksum
{
    public static uint Of(long contentId, int number, ReadOnlySpan<byte> data)
    {
        var crc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)contentId), (uint)number);
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var octet in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return ~crc;
    }
}
