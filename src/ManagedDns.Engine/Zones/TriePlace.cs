namespace ManagedDns.Engine.Zones;

/// <summary>Where a key belongs in a trie, told by the leaf that shares the longest prefix with it: where the two part, and with which elements.</summary>
internal readonly unsafe record struct TriePlace
{
    private const int Taken = -1;

    /// <summary>The first element that differs; -1 where the leaf has this very key.</summary>
    public int Offset { get; private init; }

    /// <summary>The key's element there.</summary>
    public int Value { get; private init; }

    /// <summary>The nearest leaf's element there.</summary>
    public int NearestValue { get; private init; }

    public bool IsTaken => Offset == Taken;

    public bool IsAfterNearest => Value > NearestValue;

    public static TriePlace Of(byte* key, int length, byte* nearest, int nearestLength)
    {
        var offset = TrieKey.FirstDifference(key, length, nearest, nearestLength);
        return offset < 0
            ? new() { Offset = Taken }
            : new()
            {
                Offset = offset,
                Value = offset < length ? key[offset] : TrieKey.Separator,
                NearestValue = offset < nearestLength ? nearest[offset] : TrieKey.Separator,
            };
    }
}
