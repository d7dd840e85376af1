using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Finds RRsets that many owners of a zone have alike, so that they are kept once: most delegations of a top-level domain name the servers of a few thousand
/// operators. The first owner keeps its own; from the second one on they refer to a copy. Copies live as long as the arena: what updates bring is not shared.
/// </summary>
internal sealed unsafe class SharedSets(Arena arena)
{
    /// <summary>A smaller set takes hardly more room than a reference to it.</summary>
    private const int SmallestShared = 32;

    private const int FirstSeen = 64;
    private const int MaxSeen = 1 << 16;

    private readonly Dictionary<ulong, uint> _shared = [];

    // Which sets have been seen once, by hash; a later one takes an earlier one's place. Not to know of one costs its room only.
    private ulong[] _seen = [];
    private int _seenCount;

    /// <summary>Puts references in the place of sets that others have alike.</summary>
    /// <param name="sets">RRsets one behind the other, as a cell has them.</param>
    /// <returns>The octets that they take now.</returns>
    public int Replace(byte* sets, int count, int bytes)
    {
        // References are addresses. And in a small zone there is little to win.
        if (!arena.IsInPlace)
        {
            return bytes;
        }

        var end = sets + bytes;
        var to = sets;
        var set = (RecordSet*)sets;
        for (; count > 0; count--)
        {
            var next = set->Next;
            var isSigned = (byte*)next < end && next->Type == (ushort)RecordType.RRSIG;
            var shared = isSigned || set->Type == (ushort)RecordType.RRSIG || set->Length < SmallestShared ? null : Share(set);
            if (shared != null)
            {
                RecordSet.WriteReference(to, shared);
                to += RecordSet.ReferenceSize;
            }
            else
            {
                var length = (int)((byte*)next - (byte*)set);
                System.Buffer.MemoryCopy(set, to, length, length);
                to += length;
            }

            set = next;
        }

        return (int)(to - sets);
    }

    /// <returns>The copy; null where the set is not known to be another's too.</returns>
    private RecordSet* Share(RecordSet* set)
    {
        var octets = Octets(set);
        var hash = Hash(octets);
        ref var shared = ref CollectionsMarshal.GetValueRefOrNullRef(_shared, hash);
        if (!Unsafe.IsNullRef(ref shared))
        {
            return octets.SequenceEqual(Octets((RecordSet*)arena.At(shared))) ? (RecordSet*)arena.At(shared) : null;
        }

        if (!WasSeen(hash))
        {
            return null;
        }

        var copy = arena.Allocate(octets.Length);
        octets.CopyTo(new Span<byte>(arena.At(copy), octets.Length));
        _shared.Add(hash, copy);
        return (RecordSet*)arena.At(copy);
    }

    private bool WasSeen(ulong hash)
    {
        if (_seenCount * 2 >= _seen.Length && _seen.Length < MaxSeen)
        {
            var larger = new ulong[Math.Max(FirstSeen, _seen.Length * 4)];
            foreach (var seen in _seen)
            {
                larger[seen & ((uint)larger.Length - 1)] = seen;
            }

            _seen = larger;
        }

        ref var place = ref _seen[hash & ((uint)_seen.Length - 1)];
        if (place == hash)
        {
            return true;
        }

        _seenCount += place == 0 ? 1 : 0;
        place = hash;
        return false;
    }

    private static ReadOnlySpan<byte> Octets(RecordSet* set) => new(set, RecordSet.HeaderSize + set->Length);

    private static ulong Hash(ReadOnlySpan<byte> octets)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)octets.Length;
        while (octets.Length >= sizeof(ulong))
        {
            hash = BitOperations.RotateLeft((hash ^ MemoryMarshal.Read<ulong>(octets)) * Multiplier, 29);
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            hash = BitOperations.RotateLeft((hash ^ octet) * Multiplier, 29);
        }

        return hash ^ (hash >> 32);
    }
}
