using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit;

/// <summary>A request as a <see cref="ScriptedServer"/> received it.</summary>
public sealed record ReceivedRequest(byte[] Message, ushort Id, Opcode Opcode, DomainName Name, RecordType Type, bool OverTcp, int FromPort);

/// <summary>Makes the messages that answer one request, and makes them wrong as the script wants.</summary>
internal sealed class ScriptedAnswer(ServerScript told, ReceivedRequest request, DateTimeOffset now)
{
    private static readonly DomainName s_elsewhere = DomainName.Parse("elsewhere.test");

    private readonly ServerScript _script = told.OnlyInTransfers && !IsTransferRequest(request) ? told with { Misbehaviour = Misbehaviour.None } : told;
    private readonly DateTimeOffset _now = now + told.ClockOffset;
    private TsigRequest? _tsig;

    private bool IsTransfer => IsTransferRequest(request);

    private static bool IsTransferRequest(ReceivedRequest request) =>
        request.OverTcp && request.Type is RecordType.AXFR or RecordType.IXFR && request.Opcode == Opcode.Query;

    public IEnumerable<byte[]> Messages()
    {
        var state = _script.Misbehaviour == Misbehaviour.IgnoresTsig
            ? TsigRequestState.Unsigned
            : TsigRequest.Verify(request.Message, new TsigKeyRing(_script.Keys), _now, out _tsig);
        var code = state switch
        {
            TsigRequestState.Rejected => ResponseCode.NotAuth,
            TsigRequestState.Malformed => ResponseCode.FormErr,
            _ when _script.KnowsNoEdns && HasOpt() => ResponseCode.FormErr,
            TsigRequestState.Unsigned when _script.RequiresTsig => ResponseCode.Refused,
            _ when IsTransfer && _script.TransferCode != ResponseCode.NoError => _script.TransferCode,
            _ when request.Type == RecordType.IXFR && _script.IxfrCode != ResponseCode.NoError => _script.IxfrCode,
            _ => _script.Code,
        };
        if (code != ResponseCode.NoError || !IsTransfer)
        {
            yield return Single(code);
            yield break;
        }

        foreach (var message in Transfer())
        {
            yield return message;
        }
    }

    private bool HasOpt()
    {
        var reader = new MessageReader(request.Message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                return true;
            }
        }

        return false;
    }

    private byte[] Single(ResponseCode code)
    {
        var flags = MessageHeader.ResponseFlag | (_script.Misbehaviour == Misbehaviour.NotAuthoritative ? 0 : MessageHeader.AuthoritativeFlag);
        var truncated = _script.Misbehaviour == Misbehaviour.Truncated && !request.OverTcp;
        var buffer = new byte[65_535];
        var writer = Begin(buffer, (ushort)(flags | (truncated ? MessageHeader.TruncatedFlag : 0)), code, withQuestion: _script.Misbehaviour != Misbehaviour.NoQuestion);
        if (code == ResponseCode.NoError && request.Opcode == Opcode.Query && !truncated)
        {
            var answers = _script.Records.Where(r => r.Owner == request.Name && r.Type == request.Type).ToList();
            foreach (var record in answers)
            {
                writer.TryWriteRecord(MessageSection.Answer, record.AsWire());
            }
        }

        var length = writer.Length;
        if (_tsig is not null && _script.Misbehaviour != Misbehaviour.UnsignedAnswer)
        {
            length = _tsig.Sign(buffer, length, _now);
        }

        return Spoil(buffer[..length]);
    }

    private IEnumerable<byte[]> Transfer()
    {
        using var signer = _tsig?.CreateSigner();
        var messages = Split();
        for (var i = 0; i < messages.Count; i++)
        {
            var faulty = i == _script.FaultyMessage;
            var buffer = new byte[65_535];
            var length = WriteTransferMessage(buffer, messages[i], i, faulty);
            var last = i == messages.Count - 1;
            var unsigned = (faulty && _script.Misbehaviour == Misbehaviour.UnsignedMessage)
                || (i >= _script.FaultyMessage && _script.Misbehaviour == Misbehaviour.NeverSignedAgain)
                || (!last && i % (_script.UnsignedBetween + 1) != 0);
            if (signer is not null && unsigned)
            {
                signer.Skip(buffer.AsSpan(0, length));
            }
            else if (signer is not null)
            {
                length = signer.Sign(buffer, length, _now);
            }

            if (faulty && _script.Tamper is { } tamper)
            {
                yield return tamper(buffer[..length]);
                continue;
            }

            if (faulty && _script.Misbehaviour == Misbehaviour.LostMessage)
            {
                continue;
            }

            yield return faulty ? Spoil(buffer[..length]) : buffer[..length];
        }
    }

    private int WriteTransferMessage(byte[] buffer, IReadOnlyList<ResourceRecord> records, int index, bool faulty)
    {
        var flags = MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag | (faulty && _script.Misbehaviour == Misbehaviour.TruncatedFlag ? MessageHeader.TruncatedFlag : 0);
        var code = faulty && _script.Misbehaviour == Misbehaviour.RcodeInMidStream ? ResponseCode.ServFail : ResponseCode.NoError;
        var writer = Begin(buffer, (ushort)flags, code, withQuestion: index == 0 && _script.Misbehaviour != Misbehaviour.NoQuestion);
        foreach (var record in faulty && _script.Misbehaviour == Misbehaviour.EmptyMessage ? [] : records)
        {
            var written = faulty && _script.Misbehaviour == Misbehaviour.WrongClass ? record with { Class = RecordClass.CH } : record;
            writer.TryWriteRecord(MessageSection.Answer, written.AsWire());
        }

        if (faulty && _script.Misbehaviour == Misbehaviour.OutOfZoneRecord)
        {
            writer.TryWriteRecord(MessageSection.Answer, new ResourceRecord(s_elsewhere, RecordType.A, RecordClass.IN, 60, new byte[] { 192, 0, 2, 99 }).AsWire());
        }

        return writer.Length;
    }

    private List<ResourceRecord[]> Split()
    {
        var records = _script.TransferRecords ?? _script.Records;
        IReadOnlyList<ResourceRecord> zone = [.. records, records[0]];
        var all = (request.Type == RecordType.IXFR ? _script.Differences ?? zone : zone).ToList();
        switch (_script.Misbehaviour)
        {
            case Misbehaviour.NoClosingSoa:
                all.RemoveAt(all.Count - 1);
                break;
            case Misbehaviour.OtherClosingSoa:
                all[^1] = WithNextSerial(all[^1]);
                break;
            case Misbehaviour.NoOpeningSoa:
                all.RemoveAt(0);
                break;
            case Misbehaviour.RecordsAfterEnd:
                all.Add(all[1]);
                break;
            case Misbehaviour.EndlessRecords:
                all = [.. Enumerable.Repeat(_script.Records, 2_000).SelectMany(r => r.Skip(1)).Prepend(_script.Records[0])];
                break;
        }

        var messages = all.Chunk(_script.RecordsPerMessage).ToList();
        if (_script.Misbehaviour == Misbehaviour.EndlessEmptyMessages)
        {
            messages.InsertRange(1, Enumerable.Repeat(Array.Empty<ResourceRecord>(), 1_000));
        }

        return messages;
    }

    private MessageWriter Begin(byte[] buffer, ushort flags, ResponseCode code, bool withQuestion)
    {
        var writer = new MessageWriter(buffer, request.Id, MessageHeader.MakeFlags(request.Opcode, code, flags), new NameCompressor());
        if (withQuestion)
        {
            var name = _script.Misbehaviour == Misbehaviour.WrongQuestion ? s_elsewhere : request.Name;
            writer.TryWriteQuestion(name.Wire, request.Type, RecordClass.IN);
        }

        return writer;
    }

    private byte[] Spoil(byte[] message)
    {
        switch (_script.Misbehaviour)
        {
            case Misbehaviour.WrongId:
                message[0] ^= 0xFF;
                break;
            case Misbehaviour.Garbage:
                message.AsSpan(MessageHeader.Length).Fill(0xC1);
                break;
            case Misbehaviour.CutShort:
                return message[..^5];
            case Misbehaviour.AlteredMac:
                // The last octets are original id, error and other length; before them ends the MAC.
                message[^7] ^= 1;
                break;
            case Misbehaviour.AlteredMessage:
                AlterFirstTtl(message);
                break;
        }

        return message;
    }

    /// <summary>Changes what the message says, not its form.</summary>
    private static void AlterFirstTtl(byte[] message)
    {
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        if (reader.TryReadRecord(out var record))
        {
            var owner = message[reader.RecordOffset] >= 0xC0 ? 2 : record.Owner.Length;
            if (CompressedName.Expand(message, reader.RecordOffset, new byte[DomainName.MaxWireLength], out var next) > 0)
            {
                owner = next - reader.RecordOffset;
            }

            message[reader.RecordOffset + owner + 7] ^= 1;
        }
    }

    private static ResourceRecord WithNextSerial(ResourceRecord soa)
    {
        var rdata = soa.Rdata.ToArray();
        var serial = rdata.AsSpan(rdata.Length - 20);
        BinaryPrimitives.WriteUInt32BigEndian(serial, BinaryPrimitives.ReadUInt32BigEndian(serial) + 1);
        return soa with { Rdata = rdata };
    }
}
