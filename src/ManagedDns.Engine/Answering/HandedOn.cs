using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>What is read from messages that others answer: NOTIFY and requests for transfers.</summary>
internal static unsafe class HandedOn
{
    public static Notification ReadNotification(AnswerContext context, Query* query, Peer peer, TsigRequest? signed)
    {
        var zone = DomainName.FromWire(new ReadOnlySpan<byte>(query->Message + MessageHeader.Length, query->Name.Length));
        return new Notification(zone, query->Type, ReadSerial(context, query, MessageSection.Answer), peer.ToEndPoint(), signed?.Key);
    }

    /// <summary>Null where an IXFR does not tell which version the client has.</summary>
    public static TransferRequest? ReadTransferRequest(AnswerContext context, Query* query, Peer peer, TsigRequest? signed)
    {
        uint? serial = null;
        if (query->Type == RecordType.IXFR)
        {
            serial = ReadSerial(context, query, MessageSection.Authority);
            if (serial is null)
            {
                return null;
            }
        }

        var message = new ReadOnlySpan<byte>(query->Message, query->Length).ToArray();
        var zone = DomainName.FromWire(message.AsSpan(MessageHeader.Length, query->Name.Length));
        return new TransferRequest(
            message, BinaryPrimitives.ReadUInt16BigEndian(message), zone, query->Type, serial, peer.ToEndPoint(), signed?.Key, signed?.Mac ?? default)
        {
            HasEdns = query->HasEdns,
            WantsExpire = query->HasEdns && query->WantsExpire,
            WantsPadding = query->HasEdns && query->WantsPadding && query->Transport == Transport.Tls,
        };
    }

    private static uint? ReadSerial(AnswerContext context, Query* query, MessageSection section)
    {
        var reader = new MessageReader(new ReadOnlySpan<byte>(query->Message, query->Length), context.Scratch);
        while (reader.TryReadRecord(out var record))
        {
            if (reader.Section == section && record.Type == RecordType.SOA && record.Rdata.Length >= SoaTimers.Size + 2)
            {
                return SoaTimers.Read(record.Rdata).Serial;
            }
        }

        return null;
    }
}
