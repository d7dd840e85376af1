using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>Domain names in presentation format (RFC 1035 §5.1, RFC 4343 §2.1), octets both ways.</summary>
internal static class NameText
{
    /// <summary>Reads a name into <paramref name="destination"/> (255 octets); one without a final dot is completed with <paramref name="origin"/>.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> origin, Span<byte> destination, out int length, [NotNullWhen(false)] out string? error)
    {
        length = 0;
        error = null;
        if (text.IsEmpty)
        {
            error = "A domain name cannot be empty; the root is written as '.'.";
            return false;
        }

        if (text is [(byte)'.'])
        {
            destination[0] = 0;
            length = 1;
            return true;
        }

        if (text is [(byte)'@'])
        {
            origin.CopyTo(destination);
            length = origin.Length;
            return true;
        }

        var labelStart = 0;
        var position = 1;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == '.')
            {
                if (!TryEndLabel(destination, labelStart, position, text, out error))
                {
                    return false;
                }

                labelStart = position++;
                continue;
            }

            if (octet == '\\' && !Escape.TryRead(text, ref i, out octet))
            {
                error = $"The name '{Show(text)}' has an escape that is neither \\DDD (000 to 255) nor \\ and a character.";
                return false;
            }

            if (position >= DomainName.MaxWireLength - 1)
            {
                error = TooLong(text);
                return false;
            }

            destination[position++] = octet;
        }

        if (labelStart == position - 1)
        {
            // The text ended with a dot: what was to be the next label's length octet is the root.
            destination[labelStart] = 0;
            length = position;
            return true;
        }

        if (!TryEndLabel(destination, labelStart, position, text, out error))
        {
            return false;
        }

        if (position + origin.Length > DomainName.MaxWireLength)
        {
            error = TooLong(text);
            return false;
        }

        origin.CopyTo(destination[position..]);
        length = position + origin.Length;
        return true;
    }

    /// <summary>Writes an uncompressed wire name with its final dot.</summary>
    public static void Write(ReadOnlySpan<byte> wire, TextBuffer text)
    {
        if (wire[0] == 0)
        {
            text.Append('.');
            return;
        }

        for (var i = 0; wire[i] != 0; i += wire[i] + 1)
        {
            var label = wire.Slice(i + 1, wire[i]);
            if (label.ContainsAnyExcept(Escape.PlainInNames))
            {
                WriteEscaped(label, text);
            }
            else
            {
                text.Append(label);
            }

            text.Append('.');
        }
    }

    private static void WriteEscaped(ReadOnlySpan<byte> label, TextBuffer text)
    {
        foreach (var octet in label)
        {
            if (octet is <= (byte)' ' or >= 0x7F)
            {
                text.AppendDecimalEscape(octet);
                continue;
            }

            if ((char)octet is '.' or '\\' or '"' or ';' or '(' or ')' or '@' or '$')
            {
                text.Append('\\');
            }

            text.Append((char)octet);
        }
    }

    private static bool TryEndLabel(Span<byte> name, int labelStart, int position, ReadOnlySpan<byte> text, [NotNullWhen(false)] out string? error)
    {
        var length = position - labelStart - 1;
        error = length switch
        {
            0 => $"The name '{Show(text)}' has an empty label.",
            > DomainName.MaxLabelLength => $"The name '{Show(text)}' has a label of {length} octets; a label has at most 63.",
            _ when position >= DomainName.MaxWireLength => TooLong(text),
            _ => null,
        };
        name[labelStart] = (byte)length;
        return error is null;
    }

    private static string TooLong(ReadOnlySpan<byte> text) => $"The name '{Show(text)}' is longer than 255 octets.";

    private static string Show(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
