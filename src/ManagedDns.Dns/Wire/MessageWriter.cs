using System.Buffers.Binary;

namespace ManagedDns.Dns.Wire;

/// <summary>
/// Writes one message into a buffer: question, records, OPT, section counts. What does not fit leaves no trace: a Try method that returns false
/// has written nothing, and <see cref="Rollback"/> takes back to a <see cref="Mark"/>, so that RRsets are kept or left out whole.
/// </summary>
public ref struct MessageWriter
{
    private readonly Span<byte> _buffer;
    private readonly NameCompressor? _names;
    private int _limit;
    private int _length;
    private MessageSection _section;
    private int _count;

    /// <param name="buffer">At most its first 65,535 octets are used. A record is written only where its uncompressed form fits the buffer, so a buffer somewhat longer than <see cref="Limit"/> fills messages best.</param>
    /// <param name="names">Compresses names; it is cleared first. Null: names are not compressed.</param>
    public MessageWriter(Span<byte> buffer, ushort id, ushort flags, NameCompressor? names = null)
    {
        _buffer = buffer.Length > ushort.MaxValue ? buffer[..ushort.MaxValue] : buffer;
        _limit = _buffer.Length;
        _names = names;
        _names?.Clear();
        new MessageHeader(id, flags, 0, 0, 0, 0).Write(_buffer);
        _length = MessageHeader.Length;
    }

    /// <summary>The octets written so far.</summary>
    public readonly int Length => _length;

    /// <summary>The message as it stands; complete after every call.</summary>
    public readonly ReadOnlySpan<byte> Message => _buffer[.._length];

    /// <summary>The length that the message may reach. Lower it to keep room for OPT or TSIG; at most the buffer's length.</summary>
    public int Limit
    {
        readonly get => _limit;
        set => _limit = Math.Min(value, _buffer.Length);
    }

    /// <summary>The header's second word: opcode, flags and response code.</summary>
    public ushort Flags
    {
        readonly get => BinaryPrimitives.ReadUInt16BigEndian(_buffer[MessageHeader.FlagsOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_buffer[MessageHeader.FlagsOffset..], value);
    }

    public bool TryWriteQuestion(scoped ReadOnlySpan<byte> name, RecordType type, RecordClass @class)
    {
        if (_limit - _length < name.Length + 4)
        {
            return false;
        }

        var next = RecordWriter.WriteName(_buffer, _length, name, _names, isOwner: true);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[next..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(next + 2)..], (ushort)@class);
        Commit(MessageSection.Question, next + 4);
        return true;
    }

    /// <summary>Writes a record; sections come in their order.</summary>
    public bool TryWriteRecord(MessageSection section, scoped WireRecord record)
    {
        if (_buffer.Length - _length < RecordWriter.MaxLength(record))
        {
            return false;
        }

        var end = RecordWriter.Write(_buffer, _length, record, _names);
        if (end > _limit)
        {
            _names?.Forget(_length);
            return false;
        }

        Commit(section, end);
        return true;
    }

    /// <summary>Writes an OPT record (RFC 6891) into the additional section.</summary>
    /// <param name="options">The options as they lie in the RDATA; <see cref="EdnsOption.Write"/> makes them.</param>
    public bool TryWriteOpt(in EdnsHeader edns, scoped ReadOnlySpan<byte> options = default) =>
        TryWriteRecord(MessageSection.Additional, new WireRecord([0], RecordType.OPT, (RecordClass)edns.UdpPayloadSize, edns.ToTtl(), options));

    /// <summary>Remembers this moment for <see cref="Rollback"/>.</summary>
    public readonly MessageMark Mark() => new(_length, _section, _count);

    /// <summary>Takes back all that was written since <paramref name="mark"/>.</summary>
    public void Rollback(MessageMark mark)
    {
        for (; _section > mark.Section; _section--)
        {
            WriteCount(_section, 0);
        }

        _names?.Forget(mark.Length);
        _length = mark.Length;
        _count = mark.Count;
        WriteCount(_section, _count);
    }

    private void Commit(MessageSection section, int length)
    {
        if (section != _section)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan((int)section, (int)_section, nameof(section));
            _section = section;
            _count = 0;
        }

        _length = length;
        WriteCount(section, ++_count);
    }

    private readonly void WriteCount(MessageSection section, int count) =>
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(MessageHeader.QuestionCountOffset + (2 * (int)section))..], (ushort)count);
}

/// <summary>A moment in the writing of a message.</summary>
public readonly record struct MessageMark(int Length, MessageSection Section, int Count);
