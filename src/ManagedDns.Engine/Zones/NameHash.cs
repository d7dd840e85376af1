using System.Numerics;
using System.Runtime.CompilerServices;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Hashes a name label by label from the root, so that one pass gives the hashes of all names above it too. Only names of zones are ever stored
/// under it, so nobody can flood it with queries.
/// </summary>
internal static unsafe class NameHash
{
    public const ulong Root = 0x9E3779B97F4A7C15;

    private const ulong Factor = 0x9FB21C651E98DF25;

    /// <summary>The hash of a name from its parent's and its first label (lower case, length octet first). Up to 7 octets behind the label are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extend(ulong parent, byte* label)
    {
        var hash = parent;
        var left = label[0] + 1;
        while (left >= sizeof(ulong))
        {
            hash = BitOperations.RotateLeft(hash ^ Unsafe.ReadUnaligned<ulong>(label), 29) * Factor;
            label += sizeof(ulong);
            left -= sizeof(ulong);
        }

        if (left > 0)
        {
            // Little-endian: the label's octets are the low ones.
            var tail = Unsafe.ReadUnaligned<ulong>(label) & ((1UL << (left * 8)) - 1);
            hash = BitOperations.RotateLeft(hash ^ tail, 29) * Factor;
        }

        return hash ^ hash >> 32;
    }
}
