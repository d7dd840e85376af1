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
    private const int OptLength = 11;

    /// <summary>RFC 8467 §4.1.</summary>
    private const int PaddingBlock = 468;

    private readonly NameCompressor _names = new();
    private readonly byte[] _frame = new byte[FrameLength + ushort.MaxValue];
    private readonly int _signature;
    private readonly int _reserve;
    private int _length;
    private int _count;

    /// <param name="key">The key that will sign every message with <see cref="Sign"/>: its TSIG record's room is kept free.</param>
    /// <param name="edns">Whether each message ends with <see cref="AddOpt"/>: room is kept for that too.</param>
    public TransferPacker(TsigKey? key = null, bool edns = false)
    {
        _signature = key is null ? 0 : TsigSigner.RecordLength(key);
        _reserve = _signature + (edns ? OptLength + EdnsOption.HeaderLength + 4 + EdnsOption.HeaderLength : 0);
    }

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

    /// <summary>
    /// Takes over all answers of a message that a packer made before. False: there is something in this one already, or no room for what is to follow.
    /// </summary>
    /// <param name="packed">A message without a question and with nothing behind its answers.</param>
    public bool TryTake(ReadOnlySpan<byte> packed)
    {
        if (_length != MessageHeader.Length || packed.Length > ushort.MaxValue - _reserve)
        {
            return false;
        }

        packed[MessageHeader.Length..].CopyTo(Buffer[MessageHeader.Length..]);
        _count = BinaryPrimitives.ReadUInt16BigEndian(packed[MessageHeader.AnswerCountOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(Buffer[MessageHeader.AnswerCountOffset..], (ushort)_count);
        _length = packed.Length;
        return true;
    }

    /// <summary>Ends the message with an OPT record (RFC 6891); only the signature may follow.</summary>
    /// <param name="expiresIn">Seconds for the option EXPIRE (RFC 7314); null: without it.</param>
    /// <param name="padded">Whether its length, signature included, becomes a multiple of 468 octets (RFC 7830, RFC 8467) as far as a message is that long.</param>
    public void AddOpt(uint? expiresIn, bool padded)
    {
        Span<byte> options = stackalloc byte[(2 * EdnsOption.HeaderLength) + sizeof(uint) + PaddingBlock];
        var length = 0;
        if (expiresIn is { } seconds)
        {
            Span<byte> value = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(value, seconds);
            length += EdnsOption.Write(options, EdnsOptionCode.Expire, value);
        }

        if (padded)
        {
            var whole = _length + OptLength + length + EdnsOption.HeaderLength + _signature;
            var padding = Math.Min((PaddingBlock - (whole % PaddingBlock)) % PaddingBlock, ushort.MaxValue - whole);
            Span<byte> zeros = stackalloc byte[PaddingBlock];
            zeros.Clear();
            length += EdnsOption.Write(options[length..], EdnsOptionCode.Padding, zeros[..padding]);
        }

        var opt = new EdnsHeader(EdnsHeader.DefaultPayloadSize, DnssecOk: false);
        _length = RecordWriter.Write(
            Buffer, _length, new WireRecord([0], RecordType.OPT, (RecordClass)opt.UdpPayloadSize, opt.ToTtl(), options[..length]), _names);
        BinaryPrimitives.WriteUInt16BigEndian(Buffer[MessageHeader.AdditionalCountOffset..], 1);
    }

    /// <summary>Signs the message as the next one of the answer; afterwards nothing can be added to it.</summary>
    public void Sign(TsigSigner signer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(signer);
        _length = signer.Sign(Buffer[..ushort.MaxValue], _length, now);
    }
}
