namespace ManagedDns.Engine.Zones;

/// <summary>A place in a trie from which one can go to the next and the previous leaf in canonical order. The path lies in memory of its user's.</summary>
internal unsafe struct TrieCursor(byte** chunks, TrieCursor.Level* path)
{
    /// <summary>No path is longer than a key.</summary>
    public const int MaxDepth = TrieKey.MaxLength + 1;

    private int _depth;

    /// <summary>A node of the path: which twig of its parent it is, and how many there are. The root is the only twig of nothing.</summary>
    public struct Level
    {
        public TrieNode* Twigs;
        public int Index;
        public int Count;
    }

    /// <summary>The leaf; null before the first, after the last, and in an empty trie.</summary>
    public TrieNode* Leaf { get; private set; }

    public void SeekFirst(TrieNode* root)
    {
        Start(root);
        DescendFirst();
    }

    public void SeekLast(TrieNode* root)
    {
        Start(root);
        DescendLast();
    }

    /// <summary>Goes to the key's leaf, or to the last one before it.</summary>
    /// <returns>Whether the leaf has exactly this key.</returns>
    public bool SeekAtOrBefore(TrieNode* root, byte* key, int length)
    {
        Start(root);
        var nearest = Trie.Nearest(chunks, root, key, length);
        if (nearest == null)
        {
            Leaf = null;
            return false;
        }

        var nearestKey = stackalloc byte[TrieKey.MaxLength];
        var nearestLength = TrieKey.Write(NameCell.Name(Arena.At(chunks, nearest->Reference)), nearestKey);
        var difference = TrieKey.FirstDifference(key, length, nearestKey, nearestLength);
        var node = root;
        while (node->IsBranch && (difference < 0 || node->Offset < difference))
        {
            node = Enter(node, node->TwigIndex(Trie.Value(node, key, length)));
        }

        if (difference < 0)
        {
            Leaf = node;
            return true;
        }

        // All leaves below this node share the key up to the difference. There they either branch, or all have the nearest leaf's value.
        var value = difference < length ? key[difference] : TrieKey.Separator;
        if (node->IsBranch && node->Offset == difference)
        {
            var below = Trie.IndexBelow(node, value);
            if (below >= 0)
            {
                Enter(node, below);
                DescendLast();
                return false;
            }
        }
        else if ((difference < nearestLength ? nearestKey[difference] : TrieKey.Separator) < value)
        {
            DescendLast();
            return false;
        }

        Previous();
        return false;
    }

    public void Next()
    {
        while (_depth > 0)
        {
            ref var level = ref path[_depth - 1];
            if (++level.Index < level.Count)
            {
                DescendFirst();
                return;
            }

            _depth--;
        }

        Leaf = null;
    }

    public void Previous()
    {
        while (_depth > 0)
        {
            ref var level = ref path[_depth - 1];
            if (--level.Index >= 0)
            {
                DescendLast();
                return;
            }

            _depth--;
        }

        Leaf = null;
    }

    private void Start(TrieNode* root)
    {
        path[0] = new Level { Twigs = root, Index = 0, Count = 1 };
        _depth = 1;
    }

    private readonly TrieNode* Top()
    {
        ref var level = ref path[_depth - 1];
        return level.Twigs + level.Index;
    }

    private TrieNode* Enter(TrieNode* branch, int index)
    {
        path[_depth++] = new Level { Twigs = Trie.Twigs(chunks, branch), Index = index, Count = branch->TwigCount };
        return Top();
    }

    private void DescendFirst()
    {
        var node = Top();
        while (node->IsBranch)
        {
            node = Enter(node, 0);
        }

        Leaf = node->IsEmpty ? null : node;
    }

    private void DescendLast()
    {
        var node = Top();
        while (node->IsBranch)
        {
            node = Enter(node, node->TwigCount - 1);
        }

        Leaf = node->IsEmpty ? null : node;
    }
}
