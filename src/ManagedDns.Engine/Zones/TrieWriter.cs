using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Changes a trie, copy-on-write: what earlier versions use is copied before it is changed and noted as <see cref="Retired"/>, what this writer
/// allocated it changes in place. With <paramref name="fresh"/> null everything is this writer's own.
/// </summary>
/// <param name="fresh">The cells this writer allocated with the octets asked for, empty at first; null where there is no earlier version.</param>
internal sealed unsafe class TrieWriter(Arena arena, Dictionary<uint, int>? fresh)
{
    /// <summary>The cells that earlier versions use and the new one does not.</summary>
    public List<Cell> Retired { get; } = [];

    /// <summary>The cells that only the new version uses.</summary>
    public Dictionary<uint, int>? Fresh => fresh;

    public uint Allocate(int bytes)
    {
        var reference = arena.Allocate(bytes);
        fresh?.Add(reference, bytes);
        return reference;
    }

    /// <summary>Gives up a cell: at once where it is this writer's own, else when the earlier versions are gone.</summary>
    public void Release(uint reference, int bytes)
    {
        if (fresh is null || fresh.Remove(reference))
        {
            arena.Free(reference, bytes);
        }
        else
        {
            Retired.Add(new Cell(reference, bytes));
        }
    }

    /// <summary>Finds where the key belongs.</summary>
    /// <param name="old">The leaf that stands there; empty where there is none.</param>
    [SkipLocalsInit]
    public TriePlace Locate(TrieNode* root, byte* key, int length, out TrieNode old)
    {
        old = default;
        var nearest = Trie.Nearest(arena.Chunks, root, key, length);
        if (nearest == null)
        {
            return default;
        }

        var otherKey = stackalloc byte[TrieKey.MaxLength];
        var otherLength = TrieKey.Write(NameCell.Name(arena.At(nearest->Reference)), otherKey);
        var place = TriePlace.Of(key, length, otherKey, otherLength);
        if (place.IsTaken)
        {
            old = *nearest;
        }

        return place;
    }

    /// <summary>Puts a leaf at the key. A leaf that stood there is overwritten; its cell is the caller's to release.</summary>
    /// <param name="place">Where the key belongs, in this very trie.</param>
    public void Put(TrieNode* root, byte* key, int length, TriePlace place, TrieNode leaf)
    {
        var node = root;
        while (node->IsBranch && (place.IsTaken || node->Offset < place.Offset))
        {
            node = Own(node) + node->TwigIndex(Trie.Value(node, key, length));
        }

        if (place.IsTaken)
        {
            *node = leaf;
        }
        else
        {
            Insert(node, place, leaf);
        }
    }

    /// <summary>Puts a leaf that is not there yet.</summary>
    /// <param name="node">The highest node on the way to its place that does not branch before it. It must be this writer's own.</param>
    public void Insert(TrieNode* node, TriePlace place, TrieNode leaf)
    {
        if (node->IsEmpty)
        {
            *node = leaf;
        }
        else if (node->IsBranch && node->Offset == place.Offset)
        {
            AddTwig(node, place.Value, leaf);
        }
        else
        {
            var twigs = Allocate(2 * TrieNode.Size);
            var pair = (TrieNode*)arena.At(twigs);
            pair[place.IsAfterNearest ? 1 : 0] = leaf;
            pair[place.IsAfterNearest ? 0 : 1] = *node;
            *node = TrieNode.Branch(place.Offset, place.Value, place.NearestValue, twigs);
        }
    }

    /// <summary>Takes the key's leaf, which must exist, out of the trie.</summary>
    public void Remove(TrieNode* root, byte* key, int length)
    {
        TrieNode* parent = null;
        var node = root;
        while (node->IsBranch)
        {
            parent = node;
            node = Own(node) + node->TwigIndex(Trie.Value(node, key, length));
        }

        if (parent == null)
        {
            *root = default;
            return;
        }

        var count = parent->TwigCount;
        var old = parent->Reference;
        var twigs = (TrieNode*)arena.At(old);
        var index = (int)(node - twigs);
        if (count == 2)
        {
            *parent = twigs[1 - index];
        }
        else
        {
            var reference = Allocate((count - 1) * TrieNode.Size);
            var smaller = (TrieNode*)arena.At(reference);
            new ReadOnlySpan<TrieNode>(twigs, index).CopyTo(new Span<TrieNode>(smaller, index));
            new ReadOnlySpan<TrieNode>(twigs + index + 1, count - index - 1).CopyTo(new Span<TrieNode>(smaller + index, count - index - 1));
            parent->ClearTwig(Trie.Value(parent, key, length));
            parent->Reference = reference;
        }

        Release(old, count * TrieNode.Size);
    }

    /// <summary>The twigs of a branch, copied first where an earlier version uses them. The branch itself must be this writer's own.</summary>
    public TrieNode* Own(TrieNode* branch)
    {
        if (fresh is null || fresh.ContainsKey(branch->Reference))
        {
            return Trie.Twigs(arena.Chunks, branch);
        }

        var bytes = branch->TwigCount * TrieNode.Size;
        var reference = Allocate(bytes);
        NativeMemory.Copy(arena.At(branch->Reference), arena.At(reference), (nuint)bytes);
        Retired.Add(new Cell(branch->Reference, bytes));
        branch->Reference = reference;
        return (TrieNode*)arena.At(reference);
    }

    private void AddTwig(TrieNode* branch, int value, TrieNode leaf)
    {
        var count = branch->TwigCount;
        var index = branch->TwigIndex(value);
        var old = branch->Reference;
        var reference = Allocate((count + 1) * TrieNode.Size);
        var larger = (TrieNode*)arena.At(reference);
        var twigs = (TrieNode*)arena.At(old);
        new ReadOnlySpan<TrieNode>(twigs, index).CopyTo(new Span<TrieNode>(larger, index));
        larger[index] = leaf;
        new ReadOnlySpan<TrieNode>(twigs + index, count - index).CopyTo(new Span<TrieNode>(larger + index + 1, count - index));
        branch->SetTwig(value);
        branch->Reference = reference;
        Release(old, count * TrieNode.Size);
    }
}

/// <summary>A cell of an arena and the octets that were asked for.</summary>
internal readonly record struct Cell(uint Reference, int Bytes);
