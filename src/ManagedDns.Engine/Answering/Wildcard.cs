using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>The source of synthesis (RFC 4592 §3.3.1): the name <c>*</c> below the closest encloser.</summary>
internal static unsafe class Wildcard
{
    private const int LabelLength = 2;

    /// <summary>The wildcard's leaf; null where it has no records.</summary>
    /// <param name="encloser">The depth of the closest encloser.</param>
    /// <param name="isEmptyNonTerminal">It has no records but names below it.</param>
    public static TrieNode* Find(NameLookup* name, int encloser, out bool isEmptyNonTerminal)
    {
        var zone = name->Zone;
        var key = stackalloc byte[TrieKey.MaxLength];
        var leaf = Trie.Nearest(zone->Chunks, &zone->Names, key, WriteKey(name, encloser, key));
        var found = NameCell.Name(Arena.At(zone->Chunks, leaf->Reference));
        var start = name->StartAtDepth(encloser);
        var suffix = new ReadOnlySpan<byte>(name->Name + start, name->RelativeLength - start);
        var isBelow = found.Length >= suffix.Length + LabelLength && found.EndsWith(suffix) && found[^(suffix.Length + LabelLength)..].StartsWith("\u0001*"u8)
            && IsLabelBorder(found, found.Length - suffix.Length - LabelLength);
        isEmptyNonTerminal = isBelow && found.Length > suffix.Length + LabelLength;
        return isBelow && !isEmptyNonTerminal ? leaf : null;
    }

    /// <summary>Writes the key of the wildcard below the ancestor at a depth.</summary>
    public static int WriteKey(NameLookup* name, int encloser, byte* key)
    {
        var length = name->KeyLengthAtDepth(encloser);
        new ReadOnlySpan<byte>(name->Key, length).CopyTo(new Span<byte>(key, length));
        var label = stackalloc byte[] { 1, (byte)'*' };
        return length + TrieKey.WriteLabel(label, key + length);
    }

    private static bool IsLabelBorder(ReadOnlySpan<byte> name, int at)
    {
        var i = 0;
        while (i < at)
        {
            i += name[i] + 1;
        }

        return i == at;
    }
}
