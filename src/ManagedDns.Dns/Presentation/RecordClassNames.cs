namespace ManagedDns.Dns.Presentation;

/// <summary>Classes in text: mnemonics and, for the others, <c>CLASSnnn</c> (RFC 3597 §5).</summary>
public static class RecordClassNames
{
    internal static readonly Mnemonics Codes = new(
        Enum.GetValues<RecordClass>().Where(@class => @class != RecordClass.Reserved).Select(@class => (@class.ToString(), (ushort)@class)), "CLASS");

    /// <summary>Reads a mnemonic in any letter case or <c>CLASSnnn</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RecordClass @class)
    {
        var known = Codes.TryRead(text, out var code);
        @class = (RecordClass)code;
        return known;
    }

    public static string Format(RecordClass @class) => Codes.Format((ushort)@class);
}
