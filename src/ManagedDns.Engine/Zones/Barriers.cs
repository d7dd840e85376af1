namespace ManagedDns.Engine.Zones;

/// <summary>
/// Keeps every leaf's <see cref="TrieNode.Barrier"/> true. In a trie the names below a name are exactly its leaf's siblings and what is below them:
/// the leaf is the first twig of the branch whose offset is the length of its key.
/// </summary>
internal static unsafe class Barriers
{
    /// <summary>Sets the barriers of all leaves at and below a node, given the one that holds above it.</summary>
    public static void Spread(Arena arena, TrieWriter writer, TrieNode* node, int inherited)
    {
        if (node->IsEmpty)
        {
            return;
        }

        if (!node->IsBranch)
        {
            *node = node->WithBarrier(inherited != 0 ? inherited : OwnBarrier(arena, *node));
            return;
        }

        var twigs = writer.Own(node);
        var first = 0;
        if (IsAncestor(node, twigs))
        {
            Spread(arena, writer, twigs, inherited);
            inherited = twigs->Barrier;
            first = 1;
        }

        for (int i = first, count = node->TwigCount; i < count; i++)
        {
            Spread(arena, writer, twigs + i, inherited);
        }
    }

    /// <summary>Sets the barrier of the leaf at the key, which this writer has just put there; and of all below it where that can have changed.</summary>
    public static void Place(Arena arena, TrieWriter writer, TrieNode* root, byte* key, int length, bool below)
    {
        var inherited = 0;
        var node = root;
        while (node->IsBranch)
        {
            var twigs = writer.Own(node);
            if (node->Offset < length && IsAncestor(node, twigs))
            {
                inherited = twigs->Barrier;
            }
            else if (node->Offset == length && below)
            {
                Spread(arena, writer, node, inherited);
                return;
            }

            node = twigs + node->TwigIndex(Trie.Value(node, key, length));
        }

        Spread(arena, writer, node, inherited);
    }

    private static bool IsAncestor(TrieNode* branch, TrieNode* twigs) =>
        branch->HasTwig(TrieKey.Separator) && !twigs->IsBranch && twigs->KeyLength == branch->Offset;

    private static int OwnBarrier(Arena arena, TrieNode leaf)
    {
        if (!leaf.IsCut && !leaf.HasDname)
        {
            return 0;
        }

        var name = NameCell.Name(arena.At(leaf.Reference));
        var depth = 0;
        for (var i = 0; i < name.Length; i += name[i] + 1)
        {
            depth++;
        }

        return depth + 1;
    }
}
