using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// A node of the QP-trie, 12 octets. A branch: bit 63 set, the offset of the key element it looks at, a bitmap of the values that occur there,
/// and a reference to the twigs, one per bit, in order. A leaf: bit 62 set and a reference to the name's cell. All zero: no node.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct TrieNode
{
    public const int Size = 12;

    private const ulong BranchTag = 1UL << 63;
    private const ulong LeafTag = 1UL << 62;
    private const int OffsetShift = 53;
    private const ulong BitmapMask = (1UL << OffsetShift) - 1;
    private const int KeyLengthShift = 8;
    private const ulong CutFlag = 1UL << 18;
    private const ulong DnameFlag = 1UL << 19;

    public ulong Word;
    public uint Reference;

    public readonly bool IsEmpty => Word == 0;

    public readonly bool IsBranch
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)Word < 0;
    }

    // Branches.

    public readonly int Offset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(Word >> OffsetShift) & 0x3FF;
    }

    public readonly int TwigCount => BitOperations.PopCount(Word & BitmapMask);

    public readonly bool HasTwig(int value) => (Word >> value & 1) != 0;

    /// <summary>How many twigs stand before the value's place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int TwigIndex(int value) => BitOperations.PopCount(Word & ((1UL << value) - 1));

    public void SetTwig(int value) => Word |= 1UL << value;

    public void ClearTwig(int value) => Word &= ~(1UL << value);

    public static TrieNode Branch(int offset, int first, int second, uint twigs) =>
        new() { Word = BranchTag | (ulong)offset << OffsetShift | 1UL << first | 1UL << second, Reference = twigs };

    // Leaves.

    /// <summary>
    /// The depth below the apex, plus one, of the highest name at or above this one that ends ordinary lookup: a zone cut, or a DNAME's owner.
    /// 0: there is none.
    /// </summary>
    public readonly int Barrier => (byte)Word;

    public readonly int KeyLength => (int)(Word >> KeyLengthShift) & 0x3FF;

    public readonly bool IsCut => (Word & CutFlag) != 0;

    public readonly bool HasDname => (Word & DnameFlag) != 0;

    public readonly TrieNode WithBarrier(int barrier) => new() { Word = Word & ~0xFFUL | (uint)barrier, Reference = Reference };

    public static TrieNode Leaf(int keyLength, bool cut, bool dname, int barrier, uint cell) =>
        new() { Word = LeafTag | (ulong)keyLength << KeyLengthShift | (cut ? CutFlag : 0) | (dname ? DnameFlag : 0) | (uint)barrier, Reference = cell };
}
