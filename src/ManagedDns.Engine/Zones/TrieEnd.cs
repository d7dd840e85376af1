namespace ManagedDns.Engine.Zones;

/// <summary>
/// The end of a trie that grows from nothing: the key of its last name and the nodes on the way there. Primaries send names in order, and so they are kept:
/// each is put behind the last one without a search from the root.
/// </summary>
internal sealed unsafe class TrieEnd(Arena arena, TrieWriter writer)
{
    private const int Unknown = -1;

    private byte[] _key = [];
    private int _keyLength = Unknown;

    // The last node of each level: of the root's twigs, of that node's twigs, down to the last leaf. The root itself is the caller's.
    private TrieNode*[] _way = [];
    private int _depth = Unknown;

    /// <summary>Whether the key lies behind all names, and where it belongs then.</summary>
    public bool TryPlaceBehind(TrieNode* root, byte* key, int length, out TriePlace place)
    {
        place = default;
        if (root->IsEmpty)
        {
            return true;
        }

        if (_keyLength == Unknown)
        {
            return false;
        }

        fixed (byte* last = _key)
        {
            place = TriePlace.Of(key, length, last, _keyLength);
        }

        return !place.IsTaken && place.IsAfterNearest;
    }

    /// <summary>Puts a leaf where <see cref="TryPlaceBehind"/> said.</summary>
    public void Append(TrieNode* root, byte* key, int length, TriePlace place, TrieNode leaf)
    {
        if (_depth == Unknown)
        {
            GoDown(root);
        }

        while (_depth > 0 && Node(root, _depth - 1)->Offset >= place.Offset)
        {
            _depth--;
        }

        var node = Node(root, _depth);
        writer.Insert(node, place, leaf);
        if (node->IsBranch)
        {
            Enter(LastTwig(node));
        }

        if (_key.Length < length)
        {
            _key = new byte[TrieKey.MaxLength];
        }

        new ReadOnlySpan<byte>(key, length).CopyTo(_key);
        _keyLength = length;
    }

    /// <summary>To be told of names put elsewhere: nodes on the way may lie at other places now.</summary>
    public void ForgetWay() => _depth = Unknown;

    /// <summary>To be told of names taken out: the last one may be among them.</summary>
    public void Forget() => _depth = _keyLength = Unknown;

    private TrieNode* Node(TrieNode* root, int depth) => depth == 0 ? root : _way[depth - 1];

    private TrieNode* LastTwig(TrieNode* branch) => Trie.Twigs(arena.Chunks, branch) + (branch->TwigCount - 1);

    private void GoDown(TrieNode* root)
    {
        _depth = 0;
        for (var node = root; node->IsBranch; Enter(node))
        {
            node = LastTwig(node);
        }
    }

    private void Enter(TrieNode* node)
    {
        if (_depth == _way.Length)
        {
            var longer = new TrieNode*[Math.Max(32, 2 * _way.Length)];
            _way.CopyTo(longer, 0);
            _way = longer;
        }

        _way[_depth++] = node;
    }
}
