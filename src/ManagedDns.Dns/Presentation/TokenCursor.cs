using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>Walks the items of one entry.</summary>
internal ref struct TokenCursor(ReadOnlySpan<byte> text, ReadOnlySpan<Token> tokens)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly ReadOnlySpan<Token> _tokens = tokens;
    private int _next;

    public readonly bool HasMore => _next < _tokens.Length;

    public readonly int Remaining => _tokens.Length - _next;

    /// <summary>The line of the item taken last, or of the first.</summary>
    public readonly int Line => _tokens.IsEmpty ? 0 : _tokens[Math.Max(_next - 1, 0)].Line;

    /// <summary>The coming item, escapes unresolved; empty at the end.</summary>
    public readonly ReadOnlySpan<byte> Peek() => HasMore ? TextOf(_tokens[_next]) : [];

    public readonly Token PeekToken() => HasMore ? _tokens[_next] : default;

    /// <summary>Takes the next item, escapes unresolved.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public ReadOnlySpan<byte> Take(string what) =>
        HasMore ? TextOf(_tokens[_next++]) : throw new FormatException($"{what} is missing.");

    public void Skip() => _next++;

    /// <summary>Takes all items that are left as if nothing separated them.</summary>
    public ReadOnlySpan<byte> TakeJoined(string what)
    {
        var joined = Take(what);
        if (!HasMore)
        {
            return joined;
        }

        var all = new List<byte>(joined.Length * 2);
        all.AddRange(joined);
        while (HasMore)
        {
            all.AddRange(Take(what));
        }

        return all.ToArray();
    }

    /// <exception cref="FormatException">Items are left over.</exception>
    public readonly void ExpectEnd()
    {
        if (HasMore)
        {
            throw new FormatException($"'{Show(Peek())}' is left over at the end of the record.");
        }
    }

    public static string Show(ReadOnlySpan<byte> item) => Encoding.UTF8.GetString(item.Length > 80 ? item[..80] : item);

    private readonly ReadOnlySpan<byte> TextOf(in Token token) => _text.Slice(token.Start, token.Length);
}
