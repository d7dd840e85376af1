using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Presentation;

/// <summary>A resource record as one line of a master file.</summary>
public static class RecordText
{
    /// <summary>Owner, TTL, class, type and RDATA, with tabs between them.</summary>
    public static string Format(in WireRecord record)
    {
        var text = new TextBuffer();
        Write(record, text);
        return text.ToString();
    }

    internal static void Write(in WireRecord record, TextBuffer text)
    {
        NameText.Write(record.Owner, text);
        text.Append('\t');
        text.Append((ulong)record.Ttl);
        text.Append('\t');
        text.Append(RecordClassNames.Format(record.Class));
        text.Append('\t');
        text.Append(RecordTypeNames.Format(record.Type));
        text.Append('\t');
        RdataFormatter.Write(record.Type, record.Class, record.Rdata, text);
    }
}
