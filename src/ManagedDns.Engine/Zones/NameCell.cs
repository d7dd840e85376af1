using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// All records of one owner, in one cell:
/// size (4), length of the relative name (1), flags (1), number of RRsets (2), the name in lower case, the name as given where that differs, RRsets.
/// </summary>
internal static unsafe class NameCell
{
    public const int HeaderSize = 8;

    public const int MaxSets = ushort.MaxValue;

    private const byte CaseKept = 1;

    public static int Size(byte* cell) => Unsafe.ReadUnaligned<int>(cell);

    public static int NameLength(byte* cell) => cell[4];

    public static int SetCount(byte* cell) => Unsafe.ReadUnaligned<ushort>(cell + 6);

    /// <summary>The name relative to the apex in lower case: labels, no root label.</summary>
    public static ReadOnlySpan<byte> Name(byte* cell) => new(cell + HeaderSize, cell[4]);

    public static ReadOnlySpan<byte> NameAsGiven(byte* cell) => new(cell + HeaderSize + (cell[5] & CaseKept) * cell[4], cell[4]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RecordSet* FirstSet(byte* cell) => (RecordSet*)(cell + HeaderSize + (cell[4] << (cell[5] & CaseKept)));

    /// <summary>The RRset of a type (not RRSIG), wherever its records lie; null where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RecordSet* Find(byte* cell, RecordType type)
    {
        var set = FirstSet(cell);
        for (var left = SetCount(cell); left > 0; left--, set = set->Next)
        {
            if (set->Type == (ushort)type)
            {
                return set->Resolved;
            }
        }

        return null;
    }

    /// <summary>The RRSIGs over a set that <see cref="Find"/> gave, which stand behind it; null where there are none.</summary>
    public static RecordSet* Signatures(byte* cell, RecordSet* set)
    {
        // A shared set lies elsewhere; it has none.
        var next = set->Next;
        return (nuint)((byte*)next - cell) < (nuint)Size(cell) && next->Type == (ushort)RecordType.RRSIG ? next : null;
    }

    public static int SizeOf(int nameLength, bool keepCase, int setBytes) => HeaderSize + (keepCase ? 2 : 1) * nameLength + setBytes;

    /// <summary>Writes all but the sets and returns where these go.</summary>
    public static byte* Begin(byte* cell, int size, ReadOnlySpan<byte> name, bool keepCase, int setCount)
    {
        Unsafe.WriteUnaligned(cell, size);
        cell[4] = (byte)name.Length;
        cell[5] = keepCase ? CaseKept : (byte)0;
        Unsafe.WriteUnaligned(cell + 6, (ushort)setCount);
        var at = cell + HeaderSize;
        name.CopyTo(new Span<byte>(at, name.Length));
        if (keepCase)
        {
            WireName.MakeLower(new Span<byte>(at, name.Length));
            at += name.Length;
            name.CopyTo(new Span<byte>(at, name.Length));
        }

        return at + name.Length;
    }
}

/// <summary>
/// The head of an RRset in a cell; its records follow as a response carries them, each with an owner that points to the question's name:
/// C0 0C, type, class, TTL, RDATA length, RDATA. The RRSIGs over a set are the set behind it; RRSIGs over nothing stand first in the cell.
/// Where other owners have the same (<see cref="SharedSets"/>), a reference stands for it: a head with no records, and the address of the set.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal unsafe struct RecordSet
{
    public const int HeaderSize = 8;

    public const int ReferenceSize = HeaderSize + 8;

    /// <summary>Owner pointer, type, class, TTL, RDATA length.</summary>
    public const int RecordHeader = 12;

    public ushort Type;

    /// <summary>The number of records; stays at 65535 where there are more, which no message can carry.</summary>
    public ushort Count;
    public int Length;

    public readonly bool IsReference => Count == 0;

    public byte* Records => (byte*)Unsafe.AsPointer(ref this) + HeaderSize;

    /// <summary>The next set in the cell; of a set with records, also their end.</summary>
    public RecordSet* Next
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (RecordSet*)((byte*)Unsafe.AsPointer(ref this) + HeaderSize + Length);
    }

    /// <summary>The set with its records: this one, or the one that it refers to.</summary>
    public RecordSet* Resolved
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsReference ? (RecordSet*)Unsafe.ReadUnaligned<nint>(Records) : (RecordSet*)Unsafe.AsPointer(ref this);
    }

    /// <summary>Begins a set with no records.</summary>
    public static RecordSet* Begin(byte* at, ushort type)
    {
        var set = (RecordSet*)at;
        *set = new RecordSet { Type = type };
        return set;
    }

    /// <summary>Writes a record behind the others.</summary>
    public void Append(uint ttl, ReadOnlySpan<byte> rdata)
    {
        var header = new Span<byte>(Next, RecordHeader);
        header[0] = 0xC0;
        header[1] = 12;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], Type);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)RecordClass.IN);
        BinaryPrimitives.WriteUInt32BigEndian(header[6..], ttl);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)rdata.Length);
        rdata.CopyTo(new Span<byte>((byte*)Next + RecordHeader, rdata.Length));
        Count = (ushort)Math.Min(Count + 1, ushort.MaxValue);
        Length += RecordHeader + rdata.Length;
    }

    /// <summary>Writes a reference to a set, which takes <see cref="ReferenceSize"/> octets.</summary>
    public static void WriteReference(byte* at, RecordSet* shared)
    {
        var type = shared->Type;
        var reference = (RecordSet*)at;
        *reference = new RecordSet { Type = type, Length = sizeof(nint) };
        Unsafe.WriteUnaligned(reference->Records, (nint)shared);
    }

    public static ReadOnlySpan<byte> Rdata(byte* record) => new(record + RecordHeader, RdataLength(record));

    public static int RdataLength(byte* record) => record[10] << 8 | record[11];

    public static byte* NextRecord(byte* record) => record + RecordHeader + RdataLength(record);
}
