using System.Numerics;
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

    private const int FirstPlaces = 64;
    private const int MostPlaces = 1 << 16;

    // By hash, two places each: sets that have been seen once, and those that there is a copy of. A set that finds no place is not shared, and what has been
    // seen once gives way to a later one: not to know of one costs its room only. Copies that would fill the table have it grow.
    private Place[] _places = [];
    private int _seen;
    private int _copies;

    /// <summary>Whether sets of that many octets in all can be worth sharing.</summary>
    public static bool MayShare(int bytes) => bytes >= RecordSet.HeaderSize + SmallestShared;

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
            var shared = isSigned || !MayShare(set) ? null : Share(set);
            if (shared != null)
            {
                RecordSet.WriteReference(to, shared);
                to += RecordSet.ReferenceSize;
            }
            else
            {
                var length = (int)((byte*)next - (byte*)set);
                if (to != set)
                {
                    System.Buffer.MemoryCopy(set, to, length, length);
                }

                to += length;
            }

            set = next;
        }

        return (int)(to - sets);
    }

    /// <summary>Signatures are one owner's alone, and so are DS records: digests of its name with its keys.</summary>
    private static bool MayShare(RecordSet* set) =>
        set->Length >= SmallestShared && set->Type is not ((ushort)RecordType.RRSIG or (ushort)RecordType.DS);

    /// <returns>The copy; null where the set is not known to be another's too.</returns>
    private RecordSet* Share(RecordSet* set)
    {
        var octets = Octets(set);
        var hash = Hash(octets);
        ref var place = ref Find(hash);
        if (place.Hash != hash)
        {
            if (place.Copy == 0)
            {
                _seen += place.Hash == 0 ? 1 : 0;
                place.Hash = hash;
            }

            return null;
        }

        if (place.Copy == 0)
        {
            place.Copy = arena.Allocate(octets.Length);
            _copies++;
            octets.CopyTo(new Span<byte>(arena.At(place.Copy), octets.Length));
        }

        var copy = (RecordSet*)arena.At(place.Copy);
        return octets.SequenceEqual(Octets(copy)) ? copy : null;
    }

    /// <summary>The place of a hash, or else the one that it may take: its second one where the first holds a copy.</summary>
    private ref Place Find(uint hash)
    {
        if (_seen * 2 >= _places.Length && (_places.Length < MostPlaces || _copies * 4 >= _places.Length))
        {
            Grow();
        }

        var first = (int)hash & (_places.Length - 1);
        ref var place = ref _places[first];
        if (place.Hash == hash || place.Hash == 0)
        {
            return ref place;
        }

        ref var second = ref _places[first ^ 1];
        return ref second.Hash == hash || second.Hash == 0 || place.Copy != 0 ? ref second : ref place;
    }

    private void Grow()
    {
        var before = _places;
        _places = new Place[Math.Max(FirstPlaces, before.Length * 4)];
        (_seen, _copies) = (0, 0);
        foreach (var place in before)
        {
            if (place.Hash == 0)
            {
                continue;
            }

            ref var to = ref Find(place.Hash);
            if (to.Copy == 0)
            {
                _seen += to.Hash == 0 ? 1 : 0;
                _copies += place.Copy == 0 ? 0 : 1;
                to = place;
            }
        }
    }

    private static ReadOnlySpan<byte> Octets(RecordSet* set) => new(set, RecordSet.HeaderSize + set->Length);

    /// <summary>Never 0, which is no set's.</summary>
    private static uint Hash(ReadOnlySpan<byte> octets)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)octets.Length;
        var last = MemoryMarshal.Read<ulong>(octets[^sizeof(ulong)..]);
        for (; octets.Length > sizeof(ulong); octets = octets[sizeof(ulong)..])
        {
            hash = BitOperations.RotateLeft((hash ^ MemoryMarshal.Read<ulong>(octets)) * Multiplier, 29);
        }

        return Math.Max(1, (uint)BitOperations.RotateLeft((hash ^ last) * Multiplier, 29));
    }

    /// <summary>A set that has been seen, by its hash (0: none), and the cell of its copy (0: seen once).</summary>
    private struct Place
    {
        public uint Hash;
        public uint Copy;
    }
}
