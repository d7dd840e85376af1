using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ManagedDns.Dns;

/// <summary>Presentation format of domain names (RFC 1035 §5.1, RFC 4343 §2.1) both ways.</summary>
internal static class DomainNameText
{
    private static readonly IdnMapping s_idn = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    /// <summary>Reads <paramref name="text"/>; a name without a final dot is completed with the wire name <paramref name="origin"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, ReadOnlySpan<byte> origin, [NotNullWhen(true)] out byte[]? wire, [NotNullWhen(false)] out string? error)
    {
        wire = null;
        error = null;
        if (text.IsEmpty)
        {
            error = "A domain name cannot be empty; the root is written as '.'.";
            return false;
        }

        if (text is ".")
        {
            wire = [0];
            return true;
        }

        if (text is "@")
        {
            wire = origin.ToArray();
            return true;
        }

        if (text.ContainsAnyExceptInRange('\0', '\x7f') && !TryMapToAscii(ref text, out error))
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[DomainName.MaxWireLength + 1];
        var labelStart = 0;
        var position = 1;
        var absolute = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.')
            {
                if (!TryEndLabel(buffer, labelStart, position, text, out error))
                {
                    return false;
                }

                labelStart = position++;
                absolute = i == text.Length - 1;
                if (position > DomainName.MaxWireLength)
                {
                    error = TooLong(text);
                    return false;
                }

                continue;
            }

            byte octet;
            if (c == '\\')
            {
                if (!TryReadEscape(text, ref i, out octet))
                {
                    error = $"The name '{text}' has an escape that is neither \\DDD (000 to 255) nor \\ and a character.";
                    return false;
                }
            }
            else
            {
                octet = (byte)c;
            }

            if (position >= DomainName.MaxWireLength)
            {
                error = TooLong(text);
                return false;
            }

            buffer[position++] = octet;
        }

        if (absolute)
        {
            buffer[labelStart] = 0;
            wire = buffer[..(labelStart + 1)].ToArray();
            return true;
        }

        if (!TryEndLabel(buffer, labelStart, position, text, out error))
        {
            return false;
        }

        if (position + origin.Length > DomainName.MaxWireLength)
        {
            error = TooLong(text);
            return false;
        }

        wire = new byte[position + origin.Length];
        buffer[..position].CopyTo(wire);
        origin.CopyTo(wire.AsSpan(position));
        return true;
    }

    public static string Format(ReadOnlySpan<byte> wire)
    {
        if (wire[0] == 0)
        {
            return ".";
        }

        var text = new StringBuilder(wire.Length + 8);
        for (var i = 0; wire[i] != 0; i += wire[i] + 1)
        {
            foreach (var octet in wire.Slice(i + 1, wire[i]))
            {
                AppendOctet(text, octet);
            }

            text.Append('.');
        }

        return text.ToString();
    }

    /// <summary>Reads the escape at <paramref name="i"/> (a backslash) and leaves <paramref name="i"/> on its last character.</summary>
    public static bool TryReadEscape(ReadOnlySpan<char> text, ref int i, out byte octet)
    {
        octet = 0;
        if (i + 1 >= text.Length)
        {
            return false;
        }

        if (!char.IsAsciiDigit(text[i + 1]))
        {
            octet = (byte)text[++i];
            return text[i] < 0x80;
        }

        if (i + 3 >= text.Length || !byte.TryParse(text.Slice(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out octet))
        {
            return false;
        }

        i += 3;
        return true;
    }

    private static void AppendOctet(StringBuilder text, byte octet)
    {
        switch ((char)octet)
        {
            case '.' or '\\' or '"' or ';' or '(' or ')' or '@' or '$':
                text.Append('\\').Append((char)octet);
                break;
            case > ' ' and < '\x7f':
                text.Append((char)octet);
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"\\{octet:D3}");
                break;
        }
    }

    private static bool TryEndLabel(Span<byte> buffer, int labelStart, int position, ReadOnlySpan<char> text, [NotNullWhen(false)] out string? error)
    {
        var length = position - labelStart - 1;
        error = length switch
        {
            0 => $"The name '{text}' has an empty label.",
            > DomainName.MaxLabelLength => $"The name '{text}' has a label of {length} octets; a label has at most 63.",
            _ => null,
        };
        buffer[labelStart] = (byte)Math.Min(length, 255);
        return error is null;
    }

    private static bool TryMapToAscii(ref ReadOnlySpan<char> text, [NotNullWhen(false)] out string? error)
    {
        error = null;
        var trailingDot = text[^1] == '.';
        try
        {
            text = s_idn.GetAscii(new string(trailingDot ? text[..^1] : text)) + (trailingDot ? "." : "");
            return true;
        }
        catch (ArgumentException)
        {
            error = $"The name '{text}' is no internationalised domain name that can be written as A-labels (RFC 5891).";
            return false;
        }
    }

    private static string TooLong(ReadOnlySpan<char> text) => $"The name '{text}' is longer than 255 octets.";
}
