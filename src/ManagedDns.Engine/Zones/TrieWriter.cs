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

    /// <summary>Puts a leaf at the key. A leaf that stood there is overwritten; its cell is the caller's to release.</summary>
    /// <param name="nearest">The cell of the leaf that <see cref="Trie.Nearest"/> finds for the key; 0 in an empty trie.</param>
    public void Put(TrieNode* root, byte* key, int length, uint nearest, TrieNode leaf)
    {
        if (nearest == 0)
        {
            *root = leaf;
            return;
        }

        var otherKey = stackalloc byte[TrieKey.MaxLength];
        var otherLength = TrieKey.Write(NameCell.Name(arena.At(nearest)), otherKey);
        var difference = TrieKey.FirstDifference(key, length, otherKey, otherLength);
        var node = root;
        while (node->IsBranch && (difference < 0 || node->Offset < difference))
        {
            node = Own(node) + node->TwigIndex(Trie.Value(node, key, length));
        }

        if (difference < 0)
        {
            *node = leaf;
            return;
        }

        var value = difference < length ? key[difference] : TrieKey.Separator;
        if (node->IsBranch && node->Offset == difference)
        {
            AddTwig(node, value, leaf);
            return;
        }

        var otherValue = difference < otherLength ? otherKey[difference] : TrieKey.Separator;
        var twigs = Allocate(2 * TrieNode.Size);
        var pair = (TrieNode*)arena.At(twigs);
        pair[value > otherValue ? 1 : 0] = leaf;
        pair[value > otherValue ? 0 : 1] = *node;
        *node = TrieNode.Branch(difference, value, otherValue, twigs);
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
