using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// A name below the apex as a sequence of trie key elements whose order is the names' canonical order (RFC 4034 §6.1): labels from the apex down,
/// each followed by 0. The octets that host names are made of are one element (1 to 48); any other is the element of its range and its place in it.
/// </summary>
internal static unsafe class TrieKey
{
    /// <summary>No name has more elements: at most 254 octets at two elements.</summary>
    public const int MaxLength = 512;

    public const int Separator = 0;

    private const string Common = "*-/0123456789_abcdefghijklmnopqrstuvwxyz";

    private const int MaxRange = 50;

    private static readonly ushort[] s_elements = MakeElements();

    /// <summary>Writes the key of a relative name (labels, no root label, any case) and returns its length.</summary>
    public static int Write(ReadOnlySpan<byte> name, byte* key)
    {
        var starts = stackalloc byte[128];
        var labels = 0;
        for (var i = 0; i < name.Length; i += name[i] + 1)
        {
            starts[labels++] = (byte)i;
        }

        var length = 0;
        fixed (byte* octets = name)
        {
            while (labels > 0)
            {
                length += WriteLabel(octets + starts[--labels], key + length);
            }
        }

        return length;
    }

    /// <summary>Writes one label (its length octet first) and the separator.</summary>
    public static int WriteLabel(byte* label, byte* key)
    {
        var at = key;
        fixed (ushort* elements = s_elements)
        {
            for (int i = 1, end = label[0]; i <= end; i++)
            {
                var element = elements[label[i]];
                *at++ = (byte)element;
                if (element > 0xFF)
                {
                    *at++ = (byte)(element >> 8);
                }
            }
        }

        *at++ = Separator;
        return (int)(at - key);
    }

    /// <summary>The first place where two keys differ; -1 where they are equal. Beyond its end a key goes on with separators.</summary>
    public static int FirstDifference(byte* left, int leftLength, byte* right, int rightLength)
    {
        var common = Math.Min(leftLength, rightLength);
        var at = new ReadOnlySpan<byte>(left, common).CommonPrefixLength(new ReadOnlySpan<byte>(right, common));
        return at == common && leftLength == rightLength ? -1 : at;
    }

    private static ushort[] MakeElements()
    {
        var elements = new ushort[256];
        int element = 0, inRange = MaxRange;
        for (var octet = 0; octet < 256; octet++)
        {
            if (Common.Contains((char)octet, StringComparison.Ordinal))
            {
                elements[octet] = (ushort)++element;
                inRange = MaxRange;
                continue;
            }

            if (inRange == MaxRange)
            {
                element++;
                inRange = 0;
            }

            elements[octet] = (ushort)(element | ++inRange << 8);
        }

        for (var octet = 'A'; octet <= 'Z'; octet++)
        {
            elements[octet] = elements[WireName.Lower((byte)octet)];
        }

        return elements;
    }
}
