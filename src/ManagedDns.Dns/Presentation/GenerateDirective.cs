using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>
/// BIND's <c>$GENERATE start-stop[/step] owner [ttl] [class] type rdata</c>: one entry for each value, in which <c>$</c> and
/// <c>${offset[,width[,base]]}</c> stand for it (base d, o, x, X; n and N for reversed nibbles). <c>\$</c> and <c>$$</c> are a dollar sign.
/// RDATA of several items may stand in quotes as a whole, and must for BIND.
/// </summary>
internal sealed class GenerateDirective
{
    private const int WidestNumber = 255;

    private readonly byte[] _template;
    private readonly long _stop;
    private readonly long _step;
    private readonly TextBuffer _text = new();
    private long _value;

    /// <param name="tokens">The items after the directive's name.</param>
    /// <exception cref="FormatException">The range is none, or nothing follows it.</exception>
    public GenerateDirective(ref TokenCursor tokens, int line)
    {
        (_value, _stop, _step) = ReadRange(tokens.Take("The range"));
        Line = line;
        List<byte> template = [.. tokens.Take("The owner of the records to generate")];
        bool hasType = false, isAfterType = false;
        while (tokens.HasMore)
        {
            var token = tokens.PeekToken();
            var item = tokens.Take("An item");
            template.AddRange(token.Glued ? [] : " "u8);
            if (token.Quoted && isAfterType && !tokens.HasMore)
            {
                AddUnquoted(item, template);
                break;
            }

            template.AddRange(token.Quoted ? [(byte)'"', .. item, (byte)'"'] : item);
            isAfterType = !hasType && !(item is [>= (byte)'0' and <= (byte)'9', ..]) && !RecordClassNames.Codes.TryRead(item, out _);
            hasType |= isAfterType;
        }

        _template = [.. template];
    }

    /// <summary>The line of the directive.</summary>
    public int Line { get; }

    /// <summary>Expands the entry for the next value.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="FormatException">The template has a dollar sign that begins no substitution.</exception>
    public bool TryExpand(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_value > _stop)
        {
            return false;
        }

        _text.Clear();
        for (var i = 0; i < _template.Length; i++)
        {
            switch (_template[i])
            {
                case (byte)'\\' when i + 1 < _template.Length:
                    _text.Append(_template.AsSpan(i++, 2));
                    break;
                case (byte)'$' when i + 1 < _template.Length && _template[i + 1] == '$':
                    _text.Append("\\$");
                    i++;
                    break;
                case (byte)'$' when i + 1 < _template.Length && _template[i + 1] == '{':
                    i = Substitute(i + 2);
                    break;
                case (byte)'$':
                    _text.Append(_value.ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    _text.Append((char)_template[i]);
                    break;
            }
        }

        _value += _step;
        text = _text.Written;
        return true;
    }

    // In BIND the RDATA is one item, so that RDATA of several stands in quotes: MX "0 mail$".
    private static void AddUnquoted(ReadOnlySpan<byte> item, List<byte> template)
    {
        for (var i = 0; i < item.Length; i++)
        {
            if (item[i] == '\\' && i + 1 < item.Length && item[i + 1] != '"')
            {
                template.Add(item[i++]);
            }
            else if (item[i] == '\\')
            {
                i++;
            }

            template.Add(item[i]);
        }
    }

    private static (long Start, long Stop, long Step) ReadRange(ReadOnlySpan<byte> item)
    {
        if (Utf8Parser.TryParse(item, out uint start, out var length) && length < item.Length && item[length] == '-')
        {
            var rest = item[(length + 1)..];
            if (Utf8Parser.TryParse(rest, out uint stop, out length) && stop >= start && stop <= int.MaxValue)
            {
                rest = rest[length..];
                if (rest.IsEmpty)
                {
                    return (start, stop, 1);
                }

                if (rest[0] == '/' && Utf8Parser.TryParse(rest[1..], out uint step, out length) && length == rest.Length - 1 && step > 0)
                {
                    return (start, stop, step);
                }
            }
        }

        throw new FormatException($"'{TokenCursor.Show(item)}' is no range such as 1-254 or 0-100/2.");
    }

    // Reads "offset,width,base}" from the template at i and leaves off on the brace.
    private int Substitute(int i)
    {
        var end = Array.IndexOf(_template, (byte)'}', i);
        var parts = end < 0 ? [] : Encoding.ASCII.GetString(_template, i, end - i).Split(',');
        var width = 0;
        if (parts.Length is 0 or > 3 ||
            !int.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ||
            (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out width)) ||
            width > WidestNumber || (parts.Length > 2 && parts[2] is not ("d" or "o" or "x" or "X" or "n" or "N")))
        {
            throw new FormatException("A substitution is written as ${offset[,width[,base]]} with the base d, o, x, X, n or N.");
        }

        var number = _value + offset;
        if (number is < 0 or > uint.MaxValue)
        {
            throw new FormatException($"The substitution yields {number}, which is no number from 0 to {uint.MaxValue}.");
        }

        var text = (parts.Length > 2 ? parts[2] : "d") switch
        {
            "o" => Convert.ToString(number, 8).PadLeft(width, '0'),
            "x" => number.ToString("x", CultureInfo.InvariantCulture).PadLeft(width, '0'),
            "X" => number.ToString("X", CultureInfo.InvariantCulture).PadLeft(width, '0'),
            "n" => Nibbles(number, width).ToLowerInvariant(),
            "N" => Nibbles(number, width),
            _ => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'),
        };
        _text.Append(text);
        return end;
    }

    // The width counts the dots too: 7 gives four nibbles, 8 gives four and a dot.
    private static string Nibbles(long number, int width)
    {
        var text = new StringBuilder();
        do
        {
            text.Append("0123456789ABCDEF"[(int)(number & 15)]);
            number >>= 4;
            if (text.Length < width || number != 0)
            {
                text.Append('.');
            }
        }
        while (number != 0 || text.Length < width);
        return text.ToString();
    }
}
