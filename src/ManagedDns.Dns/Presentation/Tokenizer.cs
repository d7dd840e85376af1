using System.Buffers;

namespace ManagedDns.Dns.Presentation;

/// <summary>
/// Splits master-file text into entries and these into items (RFC 1035 §5.1): an entry ends with its line, unless parentheses are open.
/// One object is used for many entries and makes no garbage.
/// </summary>
internal sealed class Tokenizer
{
    /// <summary>What <see cref="Scan"/> returns when the text ends inside the entry.</summary>
    public const int NeedMore = -1;

    private static readonly SearchValues<byte> s_delimiters = SearchValues.Create(" \t\r\n;\"()\\"u8);

    private Token[] _tokens = new Token[32];
    private int _count;
    private int _line = 1;

    /// <summary>The items of the entry scanned last; none after a blank line.</summary>
    public ReadOnlySpan<Token> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>Whether the entry began with white space: it has the owner of the entry before.</summary>
    public bool IsOwnerBlank { get; private set; }

    /// <summary>The line on which the next entry begins.</summary>
    public int Line => _line;

    /// <summary>Why the entry cannot be read, or null; it is skipped up to the end of its line.</summary>
    public string? Error { get; private set; }

    /// <summary>The line that <see cref="Error"/> is about.</summary>
    public int ErrorLine { get; private set; }

    /// <summary>Scans one entry from the start of <paramref name="text"/>.</summary>
    /// <param name="isLast">Whether nothing follows the text, so that its end is the end of the entry.</param>
    /// <returns>How many octets the entry takes, its line end included, or <see cref="NeedMore"/>.</returns>
    public int Scan(ReadOnlySpan<byte> text, bool isLast)
    {
        _count = 0;
        Error = null;
        IsOwnerBlank = !text.IsEmpty && text[0] is (byte)' ' or (byte)'\t';
        int line = _line, open = 0, openLine = 0, i = 0;
        while (i < text.Length)
        {
            switch (text[i])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r':
                    i++;
                    break;
                case (byte)'\n':
                    i++;
                    line++;
                    if (open == 0)
                    {
                        _line = line;
                        return i;
                    }

                    break;
                case (byte)';':
                    var end = text[i..].IndexOf((byte)'\n');
                    i = end < 0 ? text.Length : i + end;
                    break;
                case (byte)'(':
                    openLine = open++ == 0 ? line : openLine;
                    i++;
                    break;
                case (byte)')' when open == 0:
                    return Fail(text, i, line, "A parenthesis is closed that was not opened.", isLast);
                case (byte)')':
                    open--;
                    i++;
                    break;
                case (byte)'"':
                    var close = EndOfQuoted(text, i + 1);
                    if (close < text.Length && text[close] == '"')
                    {
                        Add(new Token(i + 1, close - i - 1, line, Quoted: true, Glued: IsGlued(i)));
                        i = close + 1;
                        break;
                    }

                    return close < text.Length || isLast ? Fail(text, i, line, "A quoted string does not end on its line.", isLast) : NeedMore;
                default:
                    var start = i;
                    i = EndOfPlain(text, i);
                    if (i > text.Length || (i == text.Length && !isLast))
                    {
                        return isLast ? Fail(text, start, line, "A backslash stands at the end of the line.", isLast) : NeedMore;
                    }

                    if (text[i - 1] == '\n')
                    {
                        return Fail(text, start, line, "A backslash stands at the end of the line.", isLast);
                    }

                    Add(new Token(start, i - start, line, Quoted: false, Glued: IsGlued(start)));
                    break;
            }
        }

        if (!isLast)
        {
            return NeedMore;
        }

        if (open > 0)
        {
            _count = 0;
            Error = "The parenthesis opened on this line is not closed.";
            ErrorLine = openLine;
        }

        _line = line;
        return text.Length;
    }

    /// <summary>Says on which line the next text begins.</summary>
    public void SetLine(int line) => _line = line;

    /// <summary>Gives up the entry that begins at the start of <paramref name="text"/>: it has grown out of all proportion.</summary>
    public int Skip(ReadOnlySpan<byte> text, string error) => Fail(text, 0, _line, error, isLast: true);

    // The closing quote, or the line end before it, or the end of the text.
    private static int EndOfQuoted(ReadOnlySpan<byte> text, int i)
    {
        while (i < text.Length)
        {
            var next = text[i..].IndexOfAny((byte)'"', (byte)'\\', (byte)'\n');
            if (next < 0)
            {
                break;
            }

            i += next;
            if (text[i] != '\\')
            {
                return i;
            }

            i += 2;
        }

        return text.Length;
    }

    // The octet after the item; beyond the text's length where an escape is cut off.
    private static int EndOfPlain(ReadOnlySpan<byte> text, int i)
    {
        while (i < text.Length)
        {
            var next = text[i..].IndexOfAny(s_delimiters);
            if (next < 0)
            {
                return text.Length;
            }

            i += next;
            if (text[i] != '\\')
            {
                return i;
            }

            i += 2;
            if (i <= text.Length && text[i - 1] == '\n')
            {
                return i;
            }
        }

        return i;
    }

    private bool IsGlued(int start) => _count > 0 && _tokens[_count - 1] is var last && start == last.Start + last.Length + (last.Quoted ? 1 : 0);

    private void Add(Token token)
    {
        if (_count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
        }

        _tokens[_count++] = token;
    }

    private int Fail(ReadOnlySpan<byte> text, int position, int line, string error, bool isLast)
    {
        var end = text[position..].IndexOf((byte)'\n');
        if (end < 0 && !isLast)
        {
            return NeedMore;
        }

        _count = 0;
        Error = error;
        ErrorLine = line;
        _line = end < 0 ? line : line + 1;
        return end < 0 ? text.Length : position + end + 1;
    }
}
