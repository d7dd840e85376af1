using System.Buffers.Binary;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Transfer;

/// <summary>
/// Packs records in order into the messages of a transfer, as they are sent and as contents are kept. Messages end at 16 KB, where name compression ends too (NSD does
/// the same); a record too long for that has a message of its own. One packer is used over and over:
/// <code>
/// packer.Begin(id, flags);
/// foreach (record) if (!packer.TryAdd(record)) { send(packer.Message); packer.Begin(id, flags); packer.TryAdd(record); }
/// send(packer.Message);
/// </code>
/// </summary>
public sealed class TransferPacker
{
    private const int FullLength = NameCompressor.Reach;
    private const int FrameLength = 2;

    private readonly NameCompressor _names = new();
    private readonly byte[] _frame = new byte[FrameLength + ushort.MaxValue];
    private readonly int _reserve;
    private int _length;
    private int _count;

    /// <param name="key">The key that will sign every message with <see cref="Sign"/>: its TSIG record's room is kept free.</param>
    public TransferPacker(TsigKey? key = null) => _reserve = key is null ? 0 : TsigSigner.RecordLength(key);

    /// <summary>The message as it stands.</summary>
    public ReadOnlyMemory<byte> Message => _frame.AsMemory(FrameLength, _length);

    /// <summary>The same behind its two length octets, ready for TCP.</summary>
    public ReadOnlyMemory<byte> Frame
    {
        get
        {
            BinaryPrimitives.WriteUInt16BigEndian(_frame, (ushort)_length);
            return _frame.AsMemory(0, FrameLength + _length);
        }
    }

    /// <summary>Records in the message.</summary>
    public int Count => _count;

    private Span<byte> Buffer => _frame.AsSpan(FrameLength);

    /// <summary>Begins a message without a question; the one before is gone.</summary>
    public void Begin(ushort id, ushort flags)
    {
        _names.Clear();
        new MessageHeader(id, flags, 0, 0, 0, 0).Write(Buffer);
        _length = MessageHeader.Length;
        _count = 0;
    }

    /// <summary>Begins a message that repeats the question, as the first of an answer must (RFC 5936 §2.2.1).</summary>
    public void Begin(ushort id, ushort flags, ReadOnlySpan<byte> name, RecordType type)
    {
        Begin(id, flags);
        var buffer = Buffer;
        var next = _names.Write(buffer, _length, name, isOwner: true);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[next..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(next + 2)..], (ushort)RecordClass.IN);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[MessageHeader.QuestionCountOffset..], 1);
        _length = next + 4;
    }

    /// <summary>Adds a record to the answer section. False: the message is full; begin the next one with this record.</summary>
    /// <exception cref="InvalidDataException">The record fits no message: with its owner and header it is longer than 65,535 octets.</exception>
    public bool TryAdd(in WireRecord record)
    {
        var fits = ushort.MaxValue - _reserve - _length >= RecordWriter.MaxLength(record);
        if (!fits)
        {
            return _count > 0
                ? false
                : throw new InvalidDataException($"A record of type {record.Type} with {record.Rdata.Length} octets of data fits no DNS message.");
        }

        var end = RecordWriter.Write(Buffer, _length, record, _names);
        if (end > FullLength - _reserve && _count > 0)
        {
            return false;
        }

        _length = end;
        BinaryPrimitives.WriteUInt16BigEndian(Buffer[MessageHeader.AnswerCountOffset..], (ushort)++_count);
        return true;
    }

    /// <summary>Signs the message as the next one of the answer; afterwards nothing can be added to it.</summary>
    public void Sign(TsigSigner signer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(signer);
        _length = signer.Sign(Buffer[..ushort.MaxValue], _length, now);
    }
}
