namespace ManagedDns.Dns.Records;

/// <summary>The type bitmaps of NSEC, NSEC3 and CSYNC (RFC 4034 §4.1.2): windows of 256 types, each with its number, its length and 1 to 32 octets.</summary>
public static class TypeBitmap
{
    /// <summary>The longest bitmap: 256 windows of 34 octets.</summary>
    public const int MaxLength = 256 * 34;

    public static bool IsWellFormed(ReadOnlySpan<byte> bitmap)
    {
        var last = -1;
        while (!bitmap.IsEmpty)
        {
            if (bitmap.Length < 3 || bitmap[0] <= last || bitmap[1] is 0 or > 32 || bitmap.Length < 2 + bitmap[1])
            {
                return false;
            }

            last = bitmap[0];
            bitmap = bitmap[(2 + bitmap[1])..];
        }

        return true;
    }

    /// <summary>Whether a well-formed bitmap names <paramref name="type"/>.</summary>
    public static bool Contains(ReadOnlySpan<byte> bitmap, RecordType type)
    {
        int window = (ushort)type >> 8, octet = ((ushort)type & 0xFF) >> 3;
        while (!bitmap.IsEmpty)
        {
            if (bitmap[0] == window)
            {
                return octet < bitmap[1] && (bitmap[2 + octet] & (0x80 >> ((ushort)type & 7))) != 0;
            }

            bitmap = bitmap[(2 + bitmap[1])..];
        }

        return false;
    }

    /// <summary>The types of a well-formed bitmap in ascending order.</summary>
    public static IReadOnlyList<RecordType> Read(ReadOnlySpan<byte> bitmap)
    {
        var types = new List<RecordType>();
        while (!bitmap.IsEmpty)
        {
            for (var bit = 0; bit < bitmap[1] * 8; bit++)
            {
                if ((bitmap[2 + (bit >> 3)] & (0x80 >> (bit & 7))) != 0)
                {
                    types.Add((RecordType)((bitmap[0] << 8) | bit));
                }
            }

            bitmap = bitmap[(2 + bitmap[1])..];
        }

        return types;
    }

    /// <summary>Writes the bitmap of <paramref name="types"/>, which may come in any order and repeat, and returns its length in octets.</summary>
    /// <param name="bitmap">Room for the result: <see cref="MaxLength"/> octets always do.</param>
    public static int Write(IReadOnlyList<RecordType> types, Span<byte> bitmap)
    {
        ArgumentNullException.ThrowIfNull(types);
        var sorted = types.ToArray();
        Array.Sort(sorted);
        int position = 0, window = -1;
        foreach (ushort type in sorted.Select(type => (ushort)type))
        {
            if (type >> 8 != window)
            {
                position += window < 0 ? 0 : 2 + bitmap[position + 1];
                window = type >> 8;
                bitmap.Slice(position, 34).Clear();
                bitmap[position] = (byte)window;
            }

            var octet = (type & 0xFF) >> 3;
            bitmap[position + 2 + octet] |= (byte)(0x80 >> (type & 7));
            bitmap[position + 1] = (byte)(octet + 1);
        }

        return window < 0 ? 0 : position + 2 + bitmap[position + 1];
    }
}
