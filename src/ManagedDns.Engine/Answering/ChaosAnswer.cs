using System.Buffers.Binary;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Answering;

/// <summary>The few names of class CH that servers are asked for: who they are (RFC 4892) and what they run. What is not configured is refused.</summary>
internal static unsafe class ChaosAnswer
{
    private const int MaxText = 255;

    public static void Compose(Query* query, Response* response, AnsweringOptions options)
    {
        var name = new ReadOnlySpan<byte>(query->Name.Name, query->Name.Length);
        var text = name.SequenceEqual("\u0007version\u0004bind\0"u8) || name.SequenceEqual("\u0007version\u0006server\0"u8) ? options.Version
            : name.SequenceEqual("\u0002id\u0006server\0"u8) || name.SequenceEqual("\u0008hostname\u0004bind\0"u8) ? options.NodeName
            : "";
        if (text.Length == 0)
        {
            response->Code = ResponseCode.Refused;
            return;
        }

        response->IsAuthoritative = true;
        if (query->Type is not (RecordType.TXT or RecordType.ANY))
        {
            return;
        }

        Span<byte> octets = stackalloc byte[MaxText];
        Encoding.UTF8.TryGetBytes(text, octets, out var length);
        var record = new Span<byte>(response->At, 13 + length);
        BinaryPrimitives.WriteUInt16BigEndian(record, 0xC000 | MessageHeader.Length);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)RecordType.TXT);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], (ushort)RecordClass.CH);
        record[6..10].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)(1 + length));
        record[12] = (byte)length;
        octets[..length].CopyTo(record[13..]);
        response->At += record.Length;
        response->Answers = 1;
    }
}
