using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedDns.Dns.Wire;

/// <summary>
/// Writes names into a message, as pointers to earlier ones where there are any (RFC 1035 §4.1.4). One is used for one message at a time and may be used again.
/// A name known so far is a chain of pairs (label, place of the rest of the name): the table maps a pair to its place in the message, so that a
/// lookup compares one label and never a whole name. Neighbouring owners share most of their labels, and those are
/// recognised by comparison with the last owner alone.
/// Only octets that are equal match, so that every case arrives as it was (RFC 4343 §4.1).
/// </summary>
public sealed class NameCompressor
{
    /// <summary>Pointers have 14 bits: what lies at or beyond this offset cannot be pointed to.</summary>
    public const int Reach = 0x4000;

    private const ushort PointerBits = 0xC000;
    private const int MaxLabels = 128;

    // Each entry: place of a label << 16 | place of the rest of its name (0: the root). 0: empty.
    private readonly uint[] _table;
    private readonly byte[] _last = new byte[DomainName.MaxWireLength];
    private readonly byte[] _lastStarts = new byte[MaxLabels];
    // 0 where a label lies out of reach.
    private readonly ushort[] _lastPlaces = new ushort[MaxLabels];
    private int _lastLength;
    private int _lastCount;

    /// <param name="entries">How many names the table holds, a power of two: what it forgets is only compressed less. 2,048 fit a message full of records.</param>
    public NameCompressor(int entries = 2048)
    {
        if (entries < 2 || !BitOperations.IsPow2(entries))
        {
            throw new ArgumentOutOfRangeException(nameof(entries), entries, "The number of entries is a power of two.");
        }

        _table = new uint[entries];
    }

    /// <summary>Forgets everything: a new message begins.</summary>
    public void Clear()
    {
        Array.Clear(_table);
        _lastLength = _lastCount = 0;
    }

    /// <summary>Forgets what lies at or behind <paramref name="length"/>, where the message was cut off.</summary>
    public void Forget(int length)
    {
        foreach (ref var entry in _table.AsSpan())
        {
            if (entry >> 16 >= length)
            {
                entry = 0;
            }
        }

        _lastLength = _lastCount = 0;
    }

    /// <summary>Writes <paramref name="name"/> into the message at <paramref name="at"/> and returns the offset behind it. At most the name's own length is written.</summary>
    /// <param name="isOwner">Whether the name is a record's owner: the next one's is probably near it.</param>
    [SkipLocalsInit]
    public int Write(Span<byte> message, int at, ReadOnlySpan<byte> name, bool isOwner)
    {
        if (name.Length == _lastLength && _lastPlaces[0] != 0 && name.SequenceEqual(_last.AsSpan(0, _lastLength)) && name.Length > 1)
        {
            return WritePointer(message, at, _lastPlaces[0]);
        }

        Span<byte> starts = stackalloc byte[MaxLabels];
        Span<ushort> places = stackalloc ushort[MaxLabels];
        var count = WireName.LabelStarts(name, starts);
        var known = SharedWithLast(name, starts[..count], places);
        ushort parent = known < count ? places[known] : (ushort)0;
        var slot = 0;
        while (known > 0 && TryFind(message, Label(name, starts[known - 1]), parent, out slot, out var place))
        {
            places[--known] = parent = place;
        }

        var inline = known < count ? starts[known] : name.Length - 1;
        name[..inline].CopyTo(message[at..]);
        Learn(name, at, starts, places, known, parent, slot);
        if (isOwner)
        {
            name.CopyTo(_last);
            starts[..count].CopyTo(_lastStarts);
            places[..count].CopyTo(_lastPlaces);
            _lastLength = name.Length;
            _lastCount = count;
        }

        if (known < count)
        {
            return WritePointer(message, at + inline, places[known]);
        }

        message[at + inline] = 0;
        return at + inline + 1;
    }

    /// <summary>Fills the places of the labels that the name shares with the last owner, from the root on, and returns the index of the first of them.</summary>
    private int SharedWithLast(ReadOnlySpan<byte> name, ReadOnlySpan<byte> starts, Span<ushort> places)
    {
        var i = starts.Length;
        for (var j = _lastCount; i > 0 && j > 0 && _lastPlaces[j - 1] != 0; i--, j--)
        {
            if (!Label(name, starts[i - 1]).SequenceEqual(Label(_last, _lastStarts[j - 1])))
            {
                break;
            }

            places[i - 1] = _lastPlaces[j - 1];
        }

        return i;
    }

    /// <summary>Enters the labels before <paramref name="known"/>, which now stand in the message.</summary>
    /// <param name="slot">Where the first of them belongs.</param>
    private void Learn(ReadOnlySpan<byte> name, int at, ReadOnlySpan<byte> starts, Span<ushort> places, int known, ushort parent, int slot)
    {
        for (var i = known - 1; i >= 0; i--)
        {
            var place = at + starts[i];
            if (place >= Reach)
            {
                places[..(i + 1)].Clear();
                return;
            }

            slot = i == known - 1 ? slot : Slot(Label(name, starts[i]), parent);
            if (_table[slot] != 0)
            {
                slot ^= 1;
            }

            _table[slot] = ((uint)place << 16) | parent;
            places[i] = parent = (ushort)place;
        }
    }

    private bool TryFind(ReadOnlySpan<byte> message, ReadOnlySpan<byte> label, ushort parent, out int slot, out ushort place)
    {
        slot = Slot(label, parent);
        for (var way = 0; way < 2; way++)
        {
            var entry = _table[slot ^ way];
            if (entry != 0 && (ushort)entry == parent && message[(int)(entry >> 16)..].StartsWith(label))
            {
                place = (ushort)(entry >> 16);
                return true;
            }
        }

        place = 0;
        return false;
    }

    /// <summary>A label with its length octet.</summary>
    private static ReadOnlySpan<byte> Label(ReadOnlySpan<byte> name, int start) => name.Slice(start, name[start] + 1);

    private int Slot(ReadOnlySpan<byte> label, ushort parent)
    {
        const ulong Mix = 0x9E3779B97F4A7C15;
        ulong hash = parent;
        for (; label.Length > sizeof(ulong); label = label[sizeof(ulong)..])
        {
            hash = BitOperations.RotateLeft((hash ^ MemoryMarshal.Read<ulong>(label)) * Mix, 29);
        }

        // What is left, 1 to 8 octets, in one word: some of them twice.
        var tail = label.Length >= sizeof(uint)
            ? MemoryMarshal.Read<uint>(label) | (ulong)MemoryMarshal.Read<uint>(label[^sizeof(uint)..]) << 32
            : label[0] | (uint)label[label.Length >> 1] << 8 | (uint)label[^1] << 16;
        hash = (hash ^ tail) * Mix;
        hash ^= hash >> 32;
        return (int)((hash * Mix) >> 40) & (_table.Length - 1);
    }

    private static int WritePointer(Span<byte> message, int at, ushort place)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[at..], (ushort)(PointerBits | place));
        return at + 2;
    }
}
