using System.Buffers.Binary;
using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Asking;

/// <summary>One record of a reply: names uncompressed, and in lower case in RDATA, so that records compare by value.</summary>
public sealed record ReplyRecord(DomainName Owner, RecordType Type, RecordClass Class, uint Ttl, string RdataHex)
{
    public override string ToString() => $"{Owner.ToString().ToLowerInvariant()} {Ttl} {Type} {RdataHex}";
}

/// <summary>A response read into objects by the plainest code that does it; malformed input throws.</summary>
public sealed class Reply
{
    private readonly byte[] _message;

    public Reply(byte[] message)
    {
        _message = message;
        var at = 12;
        for (var i = 0; i < U16(4); i++)
        {
            ReadName(ref at, lower: false);
            at += 4;
        }

        Answer = ReadSection(6, ref at);
        Authority = ReadSection(8, ref at);
        Additional = ReadSection(10, ref at);
        if (at != message.Length)
        {
            throw new FormatException($"{message.Length - at} octets follow the last record.");
        }
    }

    public ushort Id => U16(0);

    public bool IsAuthoritative => (_message[2] & 4) != 0;

    public bool IsTruncated => (_message[2] & 2) != 0;

    /// <summary>The response code with its upper bits from OPT.</summary>
    public ResponseCode ResponseCode { get; private set; }

    public bool HasOpt { get; private set; }

    public IReadOnlyList<ReplyRecord> Answer { get; }

    public IReadOnlyList<ReplyRecord> Authority { get; }

    /// <summary>Without OPT.</summary>
    public IReadOnlyList<ReplyRecord> Additional { get; }

    public int Length => _message.Length;

    public ReadOnlySpan<byte> Message => _message;

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_message.AsSpan(at));

    private List<ReplyRecord> ReadSection(int countAt, ref int at)
    {
        var records = new List<ReplyRecord>();
        for (var i = 0; i < U16(countAt); i++)
        {
            var owner = ReadName(ref at, lower: false);
            var type = (RecordType)U16(at);
            var rclass = (RecordClass)U16(at + 2);
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(at + 4));
            var end = at + 10 + U16(at + 8);
            at += 10;
            if (type == RecordType.OPT)
            {
                HasOpt = true;
                ResponseCode = (ResponseCode)((int)(ttl >> 24) << 4);
            }
            else
            {
                records.Add(new ReplyRecord(DomainName.FromWire(owner), type, rclass, ttl, ReadRdata(type, at, end)));
            }

            at = end;
        }

        // The lower four bits may be added as often as a section is read: they are the same ones.
        ResponseCode |= (ResponseCode)(_message[3] & 15);
        return records;
    }

    private string ReadRdata(RecordType type, int at, int end)
    {
        var (before, names) = CanonicalRdata.LayoutOf(type);
        var rdata = new List<byte>(_message[at..(at + before)]);
        at += before;
        for (var i = 0; i < names; i++)
        {
            rdata.AddRange(ReadName(ref at, lower: true));
        }

        rdata.AddRange(_message[at..end]);
        return Convert.ToHexStringLower([.. rdata]);
    }

    private byte[] ReadName(ref int at, bool lower)
    {
        var name = new List<byte>();
        var position = at;
        int? after = null;
        while (true)
        {
            var length = _message[position];
            if (length >= 0xC0)
            {
                after ??= position + 2;
                var target = U16(position) & 0x3FFF;
                position = target < position ? target : throw new FormatException("A compression pointer points ahead.");
            }
            else
            {
                var label = _message[position..(position + length + 1)];
                name.AddRange(lower ? CanonicalRdata.Lower(label) : label);
                position += length + 1;
                if (length == 0)
                {
                    at = after ?? position;
                    return [.. name];
                }
            }
        }
    }
}
