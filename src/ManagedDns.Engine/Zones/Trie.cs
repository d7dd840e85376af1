using System.Numerics;
using System.Runtime.CompilerServices;

namespace ManagedDns.Engine.Zones;

/// <summary>Reading a trie: a root and the chunks its references lead into. No locks; whoever reads keeps the version alive.</summary>
internal static unsafe class Trie
{
    /// <summary>
    /// The leaf that shares the longest prefix with the key, the key's own where it exists. Null in an empty trie.
    /// Where a branch lacks the key's value, all that lies below it shares the same prefix with the key, so any twig will do.
    /// </summary>
    public static TrieNode* Nearest(byte** chunks, TrieNode* root, byte* key, int length)
    {
        var node = root;
        while (node->IsBranch)
        {
            node = Step(chunks, node, key, length);
        }

        return node->IsEmpty ? null : node;
    }

    /// <summary>One level down from a branch towards the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TrieNode* Step(byte** chunks, TrieNode* branch, byte* key, int length)
    {
        var offset = branch->Offset;
        var value = offset < length ? key[offset] : TrieKey.Separator;
        var index = branch->HasTwig(value) ? branch->TwigIndex(value) : 0;
        return (TrieNode*)Arena.At(chunks, branch->Reference) + index;
    }

    /// <summary>The leaf of exactly this relative name (lower case); null where there is none.</summary>
    public static TrieNode* Find(byte** chunks, TrieNode* root, ReadOnlySpan<byte> name, byte* key, int length)
    {
        var leaf = Nearest(chunks, root, key, length);
        return leaf != null && NameCell.Name(Arena.At(chunks, leaf->Reference)).SequenceEqual(name) ? leaf : null;
    }

    public static TrieNode* Twigs(byte** chunks, TrieNode* branch) => (TrieNode*)Arena.At(chunks, branch->Reference);

    /// <summary>The key's value at a branch.</summary>
    public static int Value(TrieNode* branch, byte* key, int length) => branch->Offset < length ? key[branch->Offset] : TrieKey.Separator;

    /// <summary>The largest value below <paramref name="value"/> that occurs at a branch, as a twig index; -1 where there is none.</summary>
    public static int IndexBelow(TrieNode* branch, int value) => BitOperations.PopCount(branch->Word & ((1UL << value) - 1)) - 1;
}
