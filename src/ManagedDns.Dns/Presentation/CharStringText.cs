namespace ManagedDns.Dns.Presentation;

/// <summary>Octets in quotes, as char-strings are written.</summary>
internal static class CharStringText
{
    public static void Write(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        text.Append('"');
        while (!octets.IsEmpty)
        {
            var plain = octets.IndexOfAnyExcept(Escape.PlainInQuotes);
            if (plain < 0)
            {
                text.Append(octets);
                break;
            }

            text.Append(octets[..plain]);
            var octet = octets[plain];
            if (octet is (byte)'"' or (byte)'\\')
            {
                text.Append('\\');
                text.Append((char)octet);
            }
            else
            {
                text.AppendDecimalEscape(octet);
            }

            octets = octets[(plain + 1)..];
        }

        text.Append('"');
    }
}
