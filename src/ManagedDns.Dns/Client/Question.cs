using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Client;

/// <summary>A request of one message: how it is written, and which messages answer it.</summary>
internal sealed record Question(Opcode Opcode, DomainName Name, RecordType Type, QueryOptions Options)
{
    /// <summary>The answer section: the SOA of a NOTIFY, the prerequisites of an UPDATE.</summary>
    public IReadOnlyList<ResourceRecord> Answers { get; init; } = [];

    /// <summary>The authority section: what an UPDATE changes.</summary>
    public IReadOnlyList<ResourceRecord> Authorities { get; init; } = [];

    /// <summary>Room for a question, a SOA record, OPT and TSIG with the longest names.</summary>
    public const int PlainLength = 2048;

    public int MaxLength => PlainLength + Answers.Concat(Authorities).Sum(record => RecordWriter.MaxLength(record.AsWire()));

    private const int PaddingBlock = 128;
    private const int OptLength = 11;

    /// <summary>Writes the request and returns its length.</summary>
    /// <param name="padded">Over TLS: its length tells as little as its content (RFC 7830, RFC 8467 §4.1).</param>
    /// <param name="mac">The signature's MAC, which the answer covers; empty where there is no key.</param>
    public int Write(Span<byte> buffer, ushort id, TsigKey? key, bool padded, DateTimeOffset now, out byte[] mac)
    {
        var flags = Opcode == Opcode.Notify ? MessageHeader.AuthoritativeFlag : Options.RecursionDesired ? MessageHeader.RecursionDesiredFlag : (ushort)0;
        var writer = new MessageWriter(buffer, id, MessageHeader.MakeFlags(Opcode, flags: flags));
        writer.TryWriteQuestion(Name.Wire, Type, RecordClass.IN);
        foreach (var record in Answers)
        {
            writer.TryWriteRecord(MessageSection.Answer, record.AsWire());
        }

        foreach (var record in Authorities)
        {
            writer.TryWriteRecord(MessageSection.Authority, record.AsWire());
        }

        if (padded)
        {
            WritePaddedOpt(ref writer, key);
        }
        else if (Options.UdpPayloadSize is { } size)
        {
            Span<byte> option = stackalloc byte[EdnsOption.HeaderLength];
            writer.TryWriteOpt(new EdnsHeader(size, Options.DnssecOk), option[..WriteOptions(option)]);
        }

        mac = [];
        if (key is null)
        {
            return writer.Length;
        }

        using var signer = TsigSigner.ForRequest(key);
        var length = signer.Sign(buffer, writer.Length, now);
        mac = signer.Mac.ToArray();
        return length;
    }

    private int WriteOptions(Span<byte> options) => Options.AsksExpire ? EdnsOption.Write(options, EdnsOptionCode.Expire, []) : 0;

    private void WritePaddedOpt(ref MessageWriter writer, TsigKey? key)
    {
        Span<byte> option = stackalloc byte[(2 * EdnsOption.HeaderLength) + PaddingBlock];
        var own = WriteOptions(option);
        var header = new EdnsHeader(Options.UdpPayloadSize ?? EdnsHeader.DefaultPayloadSize, Options.DnssecOk);
        var length = writer.Length + OptLength + own + EdnsOption.HeaderLength + (key is null ? 0 : TsigSigner.RecordLength(key));
        Span<byte> padding = stackalloc byte[PaddingBlock];
        padding.Clear();
        var missing = (PaddingBlock - (length % PaddingBlock)) % PaddingBlock;
        var written = own + EdnsOption.Write(option[own..], EdnsOptionCode.Padding, padding[..missing]);
        writer.TryWriteOpt(header, option[..written]);
    }

    /// <summary>Whether a message answers this question under this id. One that does not may come from anywhere.</summary>
    public bool IsAnsweredBy(ReadOnlySpan<byte> message, ushort id)
    {
        var reader = new MessageReader(message);
        if (reader.Error != MessageError.None || reader.Header.Id != id || !reader.Header.IsResponse || reader.Header.Opcode != Opcode)
        {
            return false;
        }

        if (reader.Header.QuestionCount == 0)
        {
            // A server that did not understand the question need not repeat it, and one that was updated need not either (RFC 2136 §3.8).
            return reader.Header.ResponseCode != ResponseCode.NoError || Opcode == Opcode.Update;
        }

        return reader.TryReadQuestion(out var question) && question.Type == Type && question.Class == RecordClass.IN && WireName.Equals(question.Name, Name.Wire);
    }
}
