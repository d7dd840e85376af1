using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>One of the code spaces of DNS in text: mnemonics, letter case ignored, and a generic form for the codes without one.</summary>
/// <param name="names">Each code's mnemonic; of several for one code the first is written, all are read.</param>
/// <param name="prefix">What stands before the number in the generic form (RFC 3597 §5), empty for a bare number.</param>
internal sealed class Mnemonics(IEnumerable<(string Name, ushort Code)> names, string prefix = "")
{
    private const int LongestName = 24;

    private readonly FrozenDictionary<string, ushort>.AlternateLookup<ReadOnlySpan<char>> _codes =
        names.ToFrozenDictionary(pair => pair.Name, pair => pair.Code, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly FrozenDictionary<ushort, string> _names =
        names.GroupBy(pair => pair.Code).ToFrozenDictionary(group => group.Key, group => group.First().Name);

    public bool TryRead(ReadOnlySpan<byte> text, out ushort code)
    {
        Span<char> chars = stackalloc char[LongestName];
        code = 0;
        if (text.Length > LongestName || Encoding.ASCII.GetChars(text, chars) != text.Length)
        {
            return false;
        }

        return TryRead(chars[..text.Length], out code);
    }

    public bool TryRead(ReadOnlySpan<char> text, out ushort code) =>
        _codes.TryGetValue(text, out code) ||
        (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) &&
            ushort.TryParse(text[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out code));

    public string Format(ushort code) => _names.TryGetValue(code, out var name) ? name : prefix + code.ToString(CultureInfo.InvariantCulture);
}
