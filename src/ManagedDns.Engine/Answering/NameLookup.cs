using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// A name that is looked up: its wire form in lower case, the zone it lies in, and where it stands in that zone's trie. The steps are separate so that
/// a batch of queries takes each of them together and waits for memory once: <see cref="Read"/>, <see cref="Locate"/>, <see cref="Step"/>, <see cref="Match"/>.
/// Depths count labels below the apex.
/// </summary>
internal unsafe struct NameLookup
{
    private const int MaxLabels = 128;

    public ZoneHeader* Zone;

    /// <summary>On the way down: where the search stands. After <see cref="Match"/>: the leaf that shares the longest prefix with the name.</summary>
    public TrieNode* Node;

    /// <summary>The cell of <see cref="Node"/>.</summary>
    public byte* Cell;

    public int Length;
    public int Labels;

    /// <summary>The labels below the apex.</summary>
    public int Depth;

    public int KeyLength;

    /// <summary>The depth of the longest ancestor (or the name itself) that the leaf shares: the closest encloser where nothing bars the way.</summary>
    public int CommonDepth;

    /// <summary>Whether the leaf is the name's own.</summary>
    public bool IsExact;

    public fixed byte Name[272];
    public fixed byte Starts[MaxLabels];
    public fixed byte Key[TrieKey.MaxLength];

    /// <summary>The length of the name relative to the apex.</summary>
    public readonly int RelativeLength => Length - Zone->ApexLength;

    /// <summary>Reads an uncompressed name and lowers its case. Up to 15 octets behind the name are read.</summary>
    /// <returns>The octets it takes; 0 where there is no such name before <paramref name="end"/>.</returns>
    public int Read(byte* wire, byte* end)
    {
        var at = 0;
        var labels = 0;
        var limit = Math.Min(255, (int)(end - wire));
        while (true)
        {
            if (at >= limit)
            {
                return 0;
            }

            int label = wire[at];
            if (label == 0)
            {
                break;
            }

            if (label > 63)
            {
                return 0;
            }

            Starts[labels++] = (byte)at;
            at += label + 1;
        }

        Labels = labels;
        Length = at + 1;
        fixed (byte* name = Name)
        {
            for (var i = 0; i <= at; i += Vector128<byte>.Count)
            {
                Lower(Vector128.Load(wire + i)).Store(name + i);
            }
        }

        return Length;
    }

    /// <summary>Finds the zone that answers for the name and begins the way down in it. A DS record lies in the zone above its owner's, where we serve that.</summary>
    /// <returns>False where the name is in none of our zones.</returns>
    public bool Locate(ZoneDirectory* directory, RecordType type)
    {
        if (!FindZone(directory, 0))
        {
            return false;
        }

        if (type == RecordType.DS && Labels == Zone->ApexLabels && Labels > 0)
        {
            var child = Zone;
            if (!FindZone(directory, 1) || Zone->UnavailableBecause != 0)
            {
                Zone = child;
            }
        }

        if (Zone->UnavailableBecause == 0)
        {
            BeginDescent();
        }

        return true;
    }

    /// <summary>Finds the zone with the longest apex that the name lies in.</summary>
    /// <param name="skip">So many of the first labels must lie below the apex: 1 to look for the parent of an apex.</param>
    private bool FindZone(ZoneDirectory* directory, int skip)
    {
        var hashes = stackalloc ulong[MaxLabels];
        var depths = stackalloc byte[MaxLabels];
        var candidates = 0;
        var hash = NameHash.Root;
        fixed (byte* name = Name)
        {
            for (var labels = 0; ; labels++)
            {
                if (directory->HasDepth(labels))
                {
                    hashes[candidates] = hash;
                    depths[candidates++] = (byte)labels;
                }

                if (labels >= Labels - skip || !directory->HasDepthFrom(labels + 1))
                {
                    break;
                }

                hash = NameHash.Extend(hash, name + Starts[Labels - labels - 1]);
            }

            while (--candidates >= 0)
            {
                var start = StartOf(depths[candidates]);
                var zone = directory->Find(hashes[candidates], new ReadOnlySpan<byte>(name + start, Length - start));
                if (zone != null)
                {
                    Zone = zone;
                    return true;
                }
            }
        }

        Zone = null;
        return false;
    }

    /// <summary>Begins the way down; the root is in <see cref="Node"/>.</summary>
    public void BeginDescent()
    {
        Depth = Labels - Zone->ApexLabels;
        Node = &Zone->Names;
        var length = 0;
        fixed (byte* name = Name, key = Key)
        {
            for (var label = Depth - 1; label >= 0; label--)
            {
                length += TrieKey.WriteLabel(name + Starts[label], key + length);
            }
        }

        KeyLength = length;
    }

    /// <summary>One level down, or nothing on a leaf.</summary>
    /// <returns>Whether this was not a leaf yet.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step()
    {
        if (!Node->IsBranch)
        {
            return false;
        }

        fixed (byte* key = Key)
        {
            Node = Trie.Step(Zone->Chunks, Node, key, KeyLength);
        }

        return true;
    }

    public void Descend()
    {
        while (Step())
        {
        }
    }

    /// <summary>Compares the name with the leaf's.</summary>
    public void Match()
    {
        Cell = Arena.At(Zone->Chunks, Node->Reference);
        fixed (byte* name = Name)
        {
            var leaf = NameCell.Name(Cell);
            if (leaf.SequenceEqual(new ReadOnlySpan<byte>(name, RelativeLength)))
            {
                IsExact = true;
                CommonDepth = Depth;
                return;
            }

            IsExact = false;
            CommonDepth = CountCommonLabels(leaf);
        }
    }

    /// <summary>The leaf of the name's ancestor at a depth, which must exist.</summary>
    public TrieNode* FindAncestor(int depth)
    {
        var length = KeyLengthAtDepth(depth);
        if (Node->KeyLength == length && !IsExact)
        {
            return Node;
        }

        fixed (byte* key = Key)
        {
            return Trie.Nearest(Zone->Chunks, &Zone->Names, key, length);
        }
    }

    /// <summary>The part of the name's key that is its ancestor's key.</summary>
    public readonly int KeyLengthAtDepth(int depth)
    {
        var length = 0;
        for (; depth > 0; depth--)
        {
            while (Key[length++] != TrieKey.Separator)
            {
            }
        }

        return length;
    }

    /// <summary>How many labels the name has in common with another one of its zone, counted from the apex down.</summary>
    /// <param name="other">Relative to the apex, in lower case.</param>
    public int CountCommonLabels(ReadOnlySpan<byte> other)
    {
        var starts = stackalloc byte[MaxLabels];
        var labels = 0;
        for (var i = 0; i < other.Length; i += other[i] + 1)
        {
            starts[labels++] = (byte)i;
        }

        var common = 0;
        fixed (byte* name = Name)
        {
            while (common < labels && common < Depth)
            {
                var mine = name + Starts[Depth - 1 - common];
                var theirs = other[starts[labels - 1 - common]..];
                if (mine[0] != theirs[0] || !theirs[..(mine[0] + 1)].SequenceEqual(new ReadOnlySpan<byte>(mine, mine[0] + 1)))
                {
                    break;
                }

                common++;
            }
        }

        return common;
    }

    /// <summary>Whether the name lies at or below another one's ancestor at a depth (the apex at 0).</summary>
    public bool IsBelow(NameLookup* other, int depth)
    {
        var start = other->StartAtDepth(depth);
        var length = other->Length - start;
        var labels = other->Zone->ApexLabels + depth;
        if (Labels < labels || Length - StartOf(labels) != length)
        {
            return false;
        }

        fixed (byte* name = Name)
        {
            return new ReadOnlySpan<byte>(name + StartOf(labels), length).SequenceEqual(new ReadOnlySpan<byte>(other->Name + start, length));
        }
    }

    /// <summary>Where the ancestor at a depth starts in the name.</summary>
    public readonly int StartAtDepth(int depth) => StartOf(Zone->ApexLabels + depth);

    private readonly int StartOf(int labels) => labels == 0 ? Length - 1 : Starts[Labels - labels];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Lower(Vector128<byte> octets)
    {
        var isUpper = Vector128.LessThan(octets - Vector128.Create((byte)'A'), Vector128.Create((byte)26));
        return octets | (isUpper & Vector128.Create((byte)0x20));
    }
}
