using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>A response, read strictly: what cannot be read to its last octet fails the test.</summary>
internal sealed class Reply
{
    public Reply(byte[] message)
    {
        Octets = message;
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        Header = reader.Header;
        while (reader.TryReadQuestion(out var question))
        {
            Questions.Add((DomainName.FromWire(question.Name), question.Type, question.Class));
        }

        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                Assert.Null(Edns);
                Assert.Equal(MessageSection.Additional, reader.Section);
                Assert.Equal(1, record.Owner.Length);
                Edns = EdnsHeader.From(record);
                EdnsFlags = (ushort)record.Ttl;
                ReadOptions(record.Rdata);
            }
            else
            {
                Records.Add((reader.Section, ResourceRecord.From(record)));
            }
        }

        Assert.Equal(MessageError.None, reader.Error);
        Assert.True(Header.IsResponse);
    }

    public byte[] Octets { get; }

    public MessageHeader Header { get; }

    public List<(DomainName Name, RecordType Type, RecordClass Class)> Questions { get; } = [];

    /// <summary>All but OPT.</summary>
    public List<(MessageSection Section, ResourceRecord Record)> Records { get; } = [];

    public EdnsHeader? Edns { get; private set; }

    public ushort EdnsFlags { get; private set; }

    public Dictionary<EdnsOptionCode, byte[]> Options { get; } = [];

    public ResponseCode Code => Edns is { } edns ? edns.ResponseCode(Header.ResponseCode) : Header.ResponseCode;

    public IEnumerable<ResourceRecord> Answers => Records.Where(pair => pair.Section == MessageSection.Answer).Select(pair => pair.Record);

    public bool Has(ushort flag) => (Header.Flags & flag) != 0;

    private void ReadOptions(ReadOnlySpan<byte> options)
    {
        while (EdnsOption.TryRead(ref options, out var option))
        {
            Options.Add(option.Code, option.Data.ToArray());
        }

        Assert.True(options.IsEmpty);
    }
}
