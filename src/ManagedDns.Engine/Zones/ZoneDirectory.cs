using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// The zones by name: an open hash table in native memory. Readers probe it while one writer changes it: a slot's header is written before its hash,
/// a removed zone leaves its slot behind without a header, and a table that is full is replaced by a larger one.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZoneDirectory
{
    private ulong _depthsLow;
    private ulong _depthsHigh;
    private uint _mask;
    private int _used;

    private struct Slot
    {
        public ulong Hash;
        public nint Header;
    }

    public static ZoneDirectory* Create(int slots)
    {
        var capacity = BitOperations.RoundUpToPowerOf2((uint)Math.Max(slots, 16));
        var directory = (ZoneDirectory*)NativeMemory.AllocZeroed((nuint)sizeof(ZoneDirectory) + capacity * (nuint)sizeof(Slot));
        directory->_mask = capacity - 1;
        return directory;
    }

    public static void Free(ZoneDirectory* directory) => NativeMemory.Free(directory);

    /// <summary>Whether one more zone needs a larger table.</summary>
    public readonly bool IsFull => _used * 2 > _mask;

    private Slot* Slots => (Slot*)((ZoneDirectory*)Unsafe.AsPointer(ref this) + 1);

    /// <summary>Whether a zone whose name has this many labels was ever put in: spares most probes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool HasDepth(int labels) => ((labels < 64 ? _depthsLow >> labels : _depthsHigh >> (labels - 64)) & 1) != 0;

    /// <summary>Whether a zone with at least this many labels was ever put in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool HasDepthFrom(int labels) => labels < 64 ? _depthsLow >> labels != 0 || _depthsHigh != 0 : _depthsHigh >> (labels - 64) != 0;

    /// <summary>The zone of exactly this name (lower case); null where there is none.</summary>
    public ZoneHeader* Find(ulong hash, ReadOnlySpan<byte> name)
    {
        var slot = FindSlot(hash, name);
        return slot == null ? null : (ZoneHeader*)Volatile.Read(ref slot->Header);
    }

    /// <summary>Puts a zone in or changes the header of one that is in.</summary>
    public void Put(ulong hash, ZoneHeader* header)
    {
        var labels = header->ApexLabels;
        if (labels < 64)
        {
            _depthsLow |= 1UL << labels;
        }
        else
        {
            _depthsHigh |= 1UL << (labels - 64);
        }

        var slot = FindSlot(hash, new ReadOnlySpan<byte>(header->Apex, header->ApexLength));
        if (slot != null)
        {
            Volatile.Write(ref slot->Header, (nint)header);
            return;
        }

        var at = Stored(hash) & _mask;
        while (Slots[at].Hash != 0)
        {
            at = (at + 1) & _mask;
        }

        Slots[at].Header = (nint)header;
        Volatile.Write(ref Slots[at].Hash, Stored(hash));
        _used++;
    }

    public void Remove(ulong hash, ReadOnlySpan<byte> name)
    {
        var slot = FindSlot(hash, name);
        if (slot != null)
        {
            Volatile.Write(ref slot->Header, 0);
        }
    }

    /// <summary>The hash of a zone's name.</summary>
    public static ulong Hash(DomainName name)
    {
        var wire = stackalloc byte[DomainName.MaxWireLength + sizeof(ulong)];
        var starts = stackalloc byte[128];
        for (var i = 0; i < name.Wire.Length; i++)
        {
            wire[i] = WireName.Lower(name.Wire[i]);
        }

        var hash = NameHash.Root;
        for (var label = WireName.LabelStarts(name.Wire, new Span<byte>(starts, 128)) - 1; label >= 0; label--)
        {
            hash = NameHash.Extend(hash, wire + starts[label]);
        }

        return hash;
    }

    private static ulong Stored(ulong hash) => hash | 1UL << 63;

    private Slot* FindSlot(ulong hash, ReadOnlySpan<byte> name)
    {
        var stored = Stored(hash);
        for (var at = stored & _mask; ; at = (at + 1) & _mask)
        {
            var slot = Slots + at;
            var seen = Volatile.Read(ref slot->Hash);
            if (seen == 0)
            {
                return null;
            }

            if (seen == stored && (ZoneHeader*)Volatile.Read(ref slot->Header) is var header && header != null
                && new ReadOnlySpan<byte>(header->Apex, header->ApexLength).SequenceEqual(name))
            {
                return slot;
            }
        }
    }
}
