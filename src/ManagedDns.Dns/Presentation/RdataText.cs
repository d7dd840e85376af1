using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>RDATA in presentation format: the form of its type, or <c>\# length hex</c> (RFC 3597 §5) for types without one and for octets it cannot express.</summary>
public static class RdataText
{
    /// <summary>Writes RDATA; names with their final dot, text in quotes, all in ASCII. Any octets have a text.</summary>
    public static string Format(RecordType type, RecordClass @class, ReadOnlySpan<byte> rdata)
    {
        var text = new TextBuffer();
        RdataFormatter.Write(type, @class, rdata, text);
        return text.ToString();
    }

    /// <summary>Reads RDATA; characters outside ASCII stand for their UTF-8 octets. The result is well-formed.</summary>
    /// <param name="origin">Completes names without a final dot; the root where it is null.</param>
    /// <exception cref="FormatException">The text is no RDATA of the type; the message says why.</exception>
    public static byte[] Parse(RecordType type, RecordClass @class, string text, DomainName? origin = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var octets = Encoding.UTF8.GetBytes(text);
        var tokenizer = new Tokenizer();
        if (tokenizer.Scan(octets, isLast: true) != octets.Length || tokenizer.Error is not null)
        {
            throw new FormatException(tokenizer.Error ?? "RDATA is one line, unless parentheses are open.");
        }

        var tokens = new TokenCursor(octets, tokenizer.Tokens);
        var rdata = new byte[RdataParser.BufferSize];
        return rdata[..RdataParser.Parse(type, @class, ref tokens, (origin ?? DomainName.Root).Wire, rdata)];
    }
}
