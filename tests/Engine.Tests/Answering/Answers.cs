using System.Buffers.Binary;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Zones;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>A query processor over zones given as text, and its answers in words.</summary>
internal sealed class Answers : IDisposable
{
    public static readonly IPEndPoint Client = new(IPAddress.Parse("198.51.100.7"), 5353);

    private readonly AnswerContext _context = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(65535 + AnswerContext.Slack, pinned: true);

    public Answers(INotifyHandler? notify = null, bool acceptsTransfers = false) =>
        Processor = new QueryProcessor(Zones, Time, notify, acceptsTransfers);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public ZoneTable Zones { get; } = new();

    public QueryProcessor Processor { get; }

    public TransferRequest? Transfer { get; private set; }

    public static Answers From(string apex, string text) => new Answers().Add(apex, text);

    public Answers Add(string apex, string text)
    {
        using var zone = ZoneFiles.Build(apex, text);
        Zones.Publish(zone);
        return this;
    }

    public Reply Ask(string name, RecordType type, bool dnssec = false, Transport transport = Transport.Udp, int size = 1232) =>
        Ask(Query(name, type, edns: dnssec || size != 512, dnssec, size), transport);

    public Reply Ask(byte[] query, Transport transport = Transport.Udp) => new(AskRaw(query, transport));

    /// <summary>The response's octets; empty where none is sent.</summary>
    public byte[] AskRaw(byte[] query, Transport transport = Transport.Udp)
    {
        _buffer.AsSpan().Fill(0xEE);
        query.CopyTo(_buffer, 0);
        var length = Processor.Answer(_context, _buffer, query.Length, transport, Client, out var transfer);
        Transfer = transfer;
        return _buffer[..length];
    }

    public static byte[] Query(string name, RecordType type, bool edns = false, bool dnssec = false, int size = 1232, byte[]? options = null) =>
        Query(DomainName.Parse(name), type, edns, dnssec, size, options);

    public static byte[] Query(DomainName name, RecordType type, bool edns = false, bool dnssec = false, int size = 1232, byte[]? options = null, RecordClass @class = RecordClass.IN)
    {
        var writer = new MessageWriter(new byte[4096], 0x1234, 0);
        writer.TryWriteQuestion(name.Wire, type, @class);
        if (edns)
        {
            writer.TryWriteOpt(new EdnsHeader((ushort)size, dnssec), options);
        }

        return writer.Message.ToArray();
    }

    public void Dispose()
    {
        Zones.Dispose();
        _context.Dispose();
    }
}

/// <summary>A response, its records one line each: <c>www.example. 60 A 192.0.2.1</c>.</summary>
internal sealed class Reply
{
    public Reply(byte[] message)
    {
        Message = message;
        Assert.True(MessageHeader.TryRead(message, out var header), "There is no response.");
        Header = header;
        Assert.True(header.IsResponse);
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        if (reader.TryReadQuestion(out var question))
        {
            Question = DomainName.FromWire(question.Name).ToString();
        }

        var code = (int)header.ResponseCode;
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                Assert.False(HasEdns, "There are two OPT records.");
                HasEdns = true;
                Edns = EdnsHeader.From(record);
                code = (int)Edns.ResponseCode(header.ResponseCode);
                for (var options = record.Rdata; EdnsOption.TryRead(ref options, out var option);)
                {
                    Options.Add(option.Code, option.Data.ToArray());
                }

                continue;
            }

            var line = $"{DomainName.FromWire(record.Owner)} {record.Ttl} {RecordTypeNames.Format(record.Type)} {RdataText.Format(record.Type, record.Class, record.Rdata)}";
            (reader.Section switch { MessageSection.Answer => Answer, MessageSection.Authority => Authority, _ => Additional }).Add(line);
        }

        Assert.Equal(MessageError.None, reader.Error);
        Assert.Equal(message.Length, reader.Position);
        Code = (ResponseCode)code;
    }

    public byte[] Message { get; }

    public MessageHeader Header { get; }

    public ResponseCode Code { get; }

    public string? Question { get; }

    public List<string> Answer { get; } = [];

    public List<string> Authority { get; } = [];

    public List<string> Additional { get; } = [];

    public bool HasEdns { get; }

    public EdnsHeader Edns { get; }

    public Dictionary<EdnsOptionCode, byte[]> Options { get; } = [];

    public ExtendedErrorCode? ExtendedError =>
        Options.TryGetValue(EdnsOptionCode.ExtendedError, out var data) ? (ExtendedErrorCode)BinaryPrimitives.ReadUInt16BigEndian(data) : null;
}
