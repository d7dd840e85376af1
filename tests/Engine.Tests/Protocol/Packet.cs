using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>A message put together octet by octet, so that it may be as wrong as a test wants. The counts follow what is added unless they are set.</summary>
internal sealed class Packet
{
    private readonly List<byte> _body = [];
    private readonly ushort[] _counts = new ushort[4];

    public ushort Id { get; init; } = 0x4D44;

    public ushort Flags { get; init; }

    public static Packet Query(string name, RecordType type = RecordType.A, RecordClass @class = RecordClass.IN, ushort flags = 0) =>
        new Packet { Flags = flags }.Question(name, type, @class);

    public static Packet OfOpcode(int opcode, ushort flags = 0) => new() { Flags = MessageHeader.MakeFlags((Opcode)opcode, flags: flags) };

    public Packet Question(string name, RecordType type = RecordType.A, RecordClass @class = RecordClass.IN)
    {
        _body.AddRange(DomainName.Parse(name).Wire);
        Add16((ushort)type);
        Add16((ushort)@class);
        _counts[0]++;
        return this;
    }

    public Packet Record(MessageSection section, string owner, RecordType type, byte[] rdata, RecordClass @class = RecordClass.IN, uint ttl = 0)
    {
        _body.AddRange(DomainName.Parse(owner).Wire);
        Add16((ushort)type);
        Add16((ushort)@class);
        Add16((ushort)(ttl >> 16));
        Add16((ushort)ttl);
        Add16((ushort)rdata.Length);
        _body.AddRange(rdata);
        _counts[(int)section]++;
        return this;
    }

    /// <param name="flags">The DO bit is 0x8000.</param>
    public Packet Opt(
        ushort size = 1232, byte version = 0, ushort flags = 0, byte[]? options = null, MessageSection section = MessageSection.Additional, string owner = ".") =>
        Record(section, owner, RecordType.OPT, options ?? [], (RecordClass)size, ((uint)version << 16) | flags);

    public Packet Option(EdnsOptionCode code, byte[] data) => Opt(options: OptionOf(code, data));

    /// <summary>Octets as they are; the counts do not change.</summary>
    public Packet Raw(params byte[] octets)
    {
        _body.AddRange(octets);
        return this;
    }

    public Packet Count(MessageSection section, ushort count)
    {
        _counts[(int)section] = count;
        return this;
    }

    public byte[] ToArray()
    {
        var message = new byte[MessageHeader.Length + _body.Count];
        new MessageHeader(Id, Flags, _counts[0], _counts[1], _counts[2], _counts[3]).Write(message);
        _body.CopyTo(message, MessageHeader.Length);
        return message;
    }

    public static byte[] OptionOf(EdnsOptionCode code, byte[] data)
    {
        var option = new byte[EdnsOption.HeaderLength + data.Length];
        EdnsOption.Write(option, code, data);
        return option;
    }

    private void Add16(ushort value)
    {
        Span<byte> octets = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, value);
        _body.AddRange(octets);
    }
}
