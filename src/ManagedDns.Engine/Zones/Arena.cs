using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Native memory for one zone and the versions that grew out of it: chunks from which cells are cut and to which they return by size.
/// A cell is named by a 32-bit reference: chunk number, then its offset in units of 4 octets. 0 names no cell.
/// One thread at a time allocates and frees; readers only follow references through a version's own table of chunks.
/// </summary>
internal sealed unsafe class Arena(MemoryGauge gauge) : IDisposable
{
    private const int UnitShift = 2;
    private const int ChunkShift = 19;
    private const uint OffsetMask = (1u << ChunkShift) - 1;
    private const int MaxChunkBytes = 1 << (ChunkShift + UnitShift);
    private const int FirstChunkBytes = 1024;
    private const int MaxChunks = 1 << (32 - ChunkShift);

    /// <summary>Cells up to this many units have a list of their own; larger ones are rounded up to classes a quarter of a power of two apart.</summary>
    private const int SmallUnits = 256;

    private byte** _chunks;
    private nuint* _sizes;
    private int _capacity;
    private int _count;
    private uint _next;
    private uint _end;
    private uint[]? _free;
    private Dictionary<int, Stack<uint>>? _freeLarge;

    public int ChunkCount => _count;

    /// <summary>Whether what is allocated from now on keeps its address: all but small chunks do, which <see cref="Trim"/> may move.</summary>
    public bool IsInPlace => _count > 0 && _sizes[_count - 1] >= MaxChunkBytes;

    /// <summary>The octets in cells that are in use.</summary>
    public long BytesInUse { get; private set; }

    public byte** Chunks => _chunks;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(byte** chunks, uint reference) => chunks[reference >> ChunkShift] + ((nuint)(reference & OffsetMask) << UnitShift);

    public byte* At(uint reference) => At(_chunks, reference);

    public uint Allocate(int bytes)
    {
        var units = Units(bytes);
        BytesInUse += (long)units << UnitShift;
        if (units <= SmallUnits)
        {
            if (_free is not null && _free[units] is var head and not 0)
            {
                _free[units] = *(uint*)At(head);
                return head;
            }
        }
        else if (_freeLarge is not null && _freeLarge.TryGetValue(units, out var stack) && stack.TryPop(out var large))
        {
            return large;
        }

        if (_end - _next < (uint)units)
        {
            AddChunk(units);
        }

        var reference = _next;
        _next += (uint)units;
        return reference;
    }

    public void Free(uint reference, int bytes)
    {
        var units = Units(bytes);
        BytesInUse -= (long)units << UnitShift;
        if (units <= SmallUnits)
        {
            _free ??= new uint[SmallUnits + 1];
            *(uint*)At(reference) = _free[units];
            _free[units] = reference;
            return;
        }

        _freeLarge ??= [];
        ref var stack = ref CollectionsMarshal.GetValueRefOrAddDefault(_freeLarge, units, out _);
        (stack ??= new Stack<uint>()).Push(reference);
    }

    /// <summary>Gives back what the last chunk has too much. A small zone's holes are not worth the lists that remember them.</summary>
    public void Trim()
    {
        if (_count == 0)
        {
            return;
        }

        var last = _count - 1;
        var used = (nuint)(_next & OffsetMask) << UnitShift;
        if (used < _sizes[last] && _sizes[last] < MaxChunkBytes)
        {
            _chunks[last] = (byte*)NativeMemory.Realloc(_chunks[last], used);
            gauge.Add((long)used - (long)_sizes[last]);
            _sizes[last] = used;
            _end = _next;
        }

        if (BytesInUse < 1 << 16)
        {
            _free = null;
            _freeLarge = null;
        }
    }

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            ReleaseChunk(_chunks[i], _sizes[i]);
        }

        NativeMemory.Free(_chunks);
        NativeMemory.Free(_sizes);
        gauge.Add(-_capacity * (long)(sizeof(byte*) + sizeof(nuint)));
        _chunks = null;
        _sizes = null;
        _count = 0;
        _capacity = 0;
        _free = null;
        _freeLarge = null;
    }

    private static int Units(int bytes)
    {
        Debug.Assert(bytes > 0);
        var units = (bytes + (1 << UnitShift) - 1) >> UnitShift;
        if (units <= SmallUnits)
        {
            return units;
        }

        var step = 1 << (BitOperations.Log2((uint)units) - 2);
        return (units + step - 1) & -step;
    }

    private void AddChunk(int units)
    {
        if (_count == MaxChunks)
        {
            throw new InsufficientMemoryException("A zone's contents cannot grow beyond 16 GB.");
        }

        if (_count == _capacity)
        {
            var capacity = _capacity == 0 ? 2 : _capacity * 2;
            _chunks = (byte**)NativeMemory.Realloc(_chunks, (nuint)capacity * (nuint)sizeof(byte*));
            _sizes = (nuint*)NativeMemory.Realloc(_sizes, (nuint)capacity * (nuint)sizeof(nuint));
            gauge.Add((capacity - _capacity) * (long)(sizeof(byte*) + sizeof(nuint)));
            _capacity = capacity;
        }

        // A cell larger than a chunk gets one that is large enough: only its start is ever referred to. Reference 0 stays free.
        var start = _count == 0 ? 1u : 0u;
        var bytes = Math.Max((nuint)((uint)units + start) << UnitShift, (nuint)Math.Min(MaxChunkBytes, FirstChunkBytes << Math.Min(_count, 20)));
        _chunks[_count] = NewChunk(bytes);
        _sizes[_count] = bytes;
        gauge.Add((long)bytes);
        _next = ((uint)_count << ChunkShift) + start;
        _end = ((uint)_count << ChunkShift) + (uint)(bytes >> UnitShift);
        _count++;
    }

    private static byte* NewChunk(nuint bytes)
    {
        if (bytes != MaxChunkBytes)
        {
            return (byte*)NativeMemory.Alloc(bytes);
        }

        // Lookups touch memory at random: with huge pages they miss the TLB less.
        var chunk = (byte*)NativeMemory.AlignedAlloc(bytes, MaxChunkBytes);
        HugePages.Advise(chunk, bytes);
        return chunk;
    }

    private void ReleaseChunk(byte* chunk, nuint bytes)
    {
        if (bytes == MaxChunkBytes)
        {
            NativeMemory.AlignedFree(chunk);
        }
        else
        {
            NativeMemory.Free(chunk);
        }

        gauge.Add(-(long)bytes);
    }
}
