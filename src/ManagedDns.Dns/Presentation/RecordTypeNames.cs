namespace ManagedDns.Dns.Presentation;

/// <summary>RR types in text: mnemonics and, for the others, <c>TYPEnnn</c> (RFC 3597 §5).</summary>
public static class RecordTypeNames
{
    internal static readonly Mnemonics Codes = new(
        Enum.GetValues<RecordType>().Where(type => type != RecordType.None).Select(type => (Mnemonic(type), (ushort)type)), "TYPE");

    /// <summary>Reads a mnemonic in any letter case or <c>TYPEnnn</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RecordType type)
    {
        var known = Codes.TryRead(text, out var code);
        type = (RecordType)code;
        return known;
    }

    public static string Format(RecordType type) => Codes.Format((ushort)type);

    /// <summary>Whether records of this type can lie in a zone: not the QTYPEs and meta-types of RFC 6895 §3.1.</summary>
    public static bool IsData(RecordType type) => type is not (RecordType.None or RecordType.OPT or (>= (RecordType)128 and <= (RecordType)255));

    private static string Mnemonic(RecordType type) => type == RecordType.NSAPPTR ? "NSAP-PTR" : type.ToString();
}
