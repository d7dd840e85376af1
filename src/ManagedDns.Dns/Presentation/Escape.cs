using System.Buffers;

namespace ManagedDns.Dns.Presentation;

/// <summary>The escapes of master files (RFC 1035 §5.1): <c>\DDD</c> for an octet in decimal, <c>\X</c> for a character without its special meaning.</summary>
internal static class Escape
{
    /// <summary>The octets that stand for themselves in a name.</summary>
    public static readonly SearchValues<byte> PlainInNames =
        SearchValues.Create("!#%&'*+,-/0123456789:<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>The octets that stand for themselves in quotes: what ASCII prints, without the quote and the backslash.</summary>
    public static readonly SearchValues<byte> PlainInQuotes =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(octet => (byte)octet).Except("\"\\"u8.ToArray())]);

    /// <summary>Reads the escape at <paramref name="i"/> (a backslash) and leaves <paramref name="i"/> on its last octet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, ref int i, out byte octet)
    {
        octet = 0;
        if (i + 1 >= text.Length)
        {
            return false;
        }

        if (!char.IsAsciiDigit((char)text[i + 1]))
        {
            octet = text[++i];
            return true;
        }

        if (i + 3 >= text.Length || !char.IsAsciiDigit((char)text[i + 2]) || !char.IsAsciiDigit((char)text[i + 3]))
        {
            return false;
        }

        var value = ((text[i + 1] - '0') * 100) + ((text[i + 2] - '0') * 10) + text[i + 3] - '0';
        octet = (byte)value;
        i += 3;
        return value <= 255;
    }

    /// <summary>Resolves the escapes of <paramref name="text"/> into <paramref name="destination"/>, which is as long as the text or longer.</summary>
    /// <returns>The number of octets.</returns>
    /// <exception cref="FormatException">A backslash begins no escape.</exception>
    public static int Resolve(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == '\\' && !TryRead(text, ref i, out octet))
            {
                throw new FormatException("An escape is \\DDD (000 to 255) or \\ and a character.");
            }

            destination[length++] = octet;
        }

        return length;
    }
}
