using System.Buffers;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Presentation;

/// <summary>The sets of types in NSEC, NSEC3, CSYNC and NXT, and of ports in WKS, as lists.</summary>
internal static class BitmapText
{
    public static readonly SearchValues<byte> LettersAndDigits =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public static void ReadTypes(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var types = TakeTypes(ref tokens, ushort.MaxValue);
        Span<byte> bitmap = stackalloc byte[TypeBitmap.MaxLength];
        rdata.Octets(bitmap[..TypeBitmap.Write(types, bitmap)]);
    }

    /// <returns>Whether the text reads back as the same octets: an empty window or a trailing zero octet would be lost.</returns>
    public static bool TryWriteTypes(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        var types = TypeBitmap.Read(octets);
        Span<byte> again = stackalloc byte[TypeBitmap.MaxLength];
        if (!octets.SequenceEqual(again[..TypeBitmap.Write(types, again)]))
        {
            return false;
        }

        foreach (var type in types)
        {
            text.Append(' ');
            text.Append(RecordTypeNames.Format(type));
        }

        return true;
    }

    public static void ReadPlain(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var types = TakeTypes(ref tokens, 127);
        var bitmap = rdata.Take((types.Count == 0 ? 0 : (ushort)types.Max() >> 3) + 1);
        bitmap.Clear();
        foreach (var type in types)
        {
            Set(bitmap, (ushort)type);
        }
    }

    public static bool TryWritePlain(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        // Bit 0 announces another format (RFC 2535 §5.2).
        if ((octets[0] & 0x80) != 0 || (octets.Length > 1 && octets[^1] == 0))
        {
            return false;
        }

        for (var bit = 0; bit < octets.Length * 8; bit++)
        {
            if (IsSet(octets, bit))
            {
                text.Append(' ');
                text.Append(RecordTypeNames.Format((RecordType)bit));
            }
        }

        return true;
    }

    public static void ReadServices(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var protocol = tokens.Take("The protocol");
        rdata.U8(FieldMnemonics.Protocols.TryRead(protocol, out var number) && number <= byte.MaxValue
            ? number
            : throw new FormatException($"'{TokenCursor.Show(protocol)}' is no protocol number and neither TCP nor UDP."));
        Span<byte> ports = stackalloc byte[8192];
        ports.Clear();
        while (tokens.HasMore)
        {
            var item = tokens.Take("A port");
            Set(ports, FieldMnemonics.Ports.TryRead(item, out var port) ? port : throw new FormatException($"'{TokenCursor.Show(item)}' is no port number."));
        }

        rdata.Octets(ports.TrimEnd((byte)0));
    }

    public static bool TryWriteServices(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        if (octets.Length > 1 && octets[^1] == 0)
        {
            return false;
        }

        text.Append(octets[0]);
        for (var port = 0; port < (octets.Length - 1) * 8; port++)
        {
            if (IsSet(octets[1..], port))
            {
                text.Append(' ');
                text.Append((ulong)port);
            }
        }

        return true;
    }

    private static List<RecordType> TakeTypes(ref TokenCursor tokens, int maximum)
    {
        var types = new List<RecordType>();
        while (tokens.HasMore)
        {
            var item = tokens.Take("A type");
            types.Add(RecordTypeNames.Codes.TryRead(item, out var code) && code <= maximum
                ? (RecordType)code
                : throw new FormatException($"'{TokenCursor.Show(item)}' is no RR type that can stand here."));
        }

        return types;
    }

    private static bool IsSet(ReadOnlySpan<byte> bitmap, int bit) => (bitmap[bit >> 3] & (0x80 >> (bit & 7))) != 0;

    private static void Set(Span<byte> bitmap, int bit) => bitmap[bit >> 3] |= (byte)(0x80 >> (bit & 7));
}
