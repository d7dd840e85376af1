using System.Buffers.Binary;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Wire;

/// <summary>
/// Reads one message from its start to its end: header, questions, records of all sections, names decompressed.
/// Nothing is allocated and nothing is thrown: a Try method returns false at the end of its sections or at the first fault, and
/// <see cref="Error"/> tells which. What a question or record points to is valid until the next one is read.
/// </summary>
public ref struct MessageReader
{
    /// <summary>Room for an owner and for RDATA with decompressed names. RDATA that is not compressed may be of any length: it is not copied.</summary>
    public const int ScratchLength = 4096;

    private readonly ReadOnlySpan<byte> _message;
    private readonly Span<byte> _ownerScratch;
    private readonly Span<byte> _rdataScratch;
    private MessageSection _section;
    private int _position;
    private int _left;

    // The last owner and where the message says it: the next record's owner is often a pointer to the same place.
    private ReadOnlySpan<byte> _owner;
    private int _ownerAt;

    /// <param name="message">The whole message, without TCP's length octets.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> octets when records are to be read; questions need none.</param>
    public MessageReader(ReadOnlySpan<byte> message, Span<byte> scratch = default)
    {
        _message = message;
        if (!scratch.IsEmpty)
        {
            _ownerScratch = scratch[..DomainName.MaxWireLength];
            _rdataScratch = scratch[DomainName.MaxWireLength..ScratchLength];
        }

        if (MessageHeader.TryRead(message, out var header))
        {
            Header = header;
            _position = MessageHeader.Length;
            _left = header.QuestionCount;
        }
        else
        {
            Error = MessageError.NoHeader;
        }
    }

    public MessageHeader Header { get; }

    public MessageError Error { get; private set; }

    /// <summary>The section of the record read last.</summary>
    public readonly MessageSection Section => _section;

    /// <summary>The offset behind what was read last.</summary>
    public readonly int Position => _position;

    /// <summary>The offset at which the record read last begins.</summary>
    public int RecordOffset { get; private set; }

    /// <summary>Reads the next question. False: there is none left, or <see cref="Error"/> is set.</summary>
    public bool TryReadQuestion(out WireQuestion question)
    {
        question = default;
        if (_section != MessageSection.Question || _left == 0 || Error != MessageError.None)
        {
            return false;
        }

        // A question's name has nothing before it to point to.
        var rest = _message[_position..];
        var name = WireName.Length(rest);
        if (name < 0)
        {
            return Fail(MessageError.BadName);
        }

        if (rest.Length < name + 4)
        {
            return Fail(MessageError.CutShort);
        }

        question = new WireQuestion(rest[..name], (RecordType)ReadUInt16(_position + name), (RecordClass)ReadUInt16(_position + name + 2));
        _position += name + 4;
        _left--;
        return true;
    }

    /// <summary>Reads the next record, whatever its section; questions not read are passed over. False: the message ends here, or <see cref="Error"/> is set.</summary>
    public bool TryReadRecord(out WireRecord record)
    {
        record = default;
        if (!TryReachRecord())
        {
            return false;
        }

        RecordOffset = _position;
        var fixedPart = ReadOwner();
        if (fixedPart < 0)
        {
            return Fail(MessageError.BadName);
        }

        if (_message.Length - fixedPart < 10)
        {
            return Fail(MessageError.CutShort);
        }

        var fields = _message.Slice(fixedPart, 10);
        var type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(fields);
        var start = fixedPart + 10;
        var length = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (_message.Length - start < length)
        {
            return Fail(MessageError.CutShort);
        }

        var rdata = _message.Slice(start, length);
        var layout = RdataLayout.Of(type);
        if (layout.MayBeCompressedOnReceive && length > 0 && !TryExpandRdata(layout, start, start + length, ref rdata))
        {
            return Fail(MessageError.BadRdata);
        }

        record = new WireRecord(
            _owner, type, (RecordClass)BinaryPrimitives.ReadUInt16BigEndian(fields[2..]), BinaryPrimitives.ReadUInt32BigEndian(fields[4..]), rdata);
        _position = start + length;
        _left--;
        return true;
    }

    private bool TryReachRecord()
    {
        if (Error != MessageError.None)
        {
            return false;
        }

        while (_section == MessageSection.Question && _left > 0)
        {
            if (!TryReadQuestion(out _))
            {
                return false;
            }
        }

        while (_left == 0)
        {
            if (_section == MessageSection.Additional)
            {
                return _position != _message.Length && Fail(MessageError.TrailingOctets);
            }

            _left = Header.Count(++_section);
        }

        return true;
    }

    /// <summary>Reads the owner at the current position into <see cref="_owner"/> and returns the offset behind it, or -1.</summary>
    private int ReadOwner()
    {
        var at = _position;
        if (CompressedName.TryReadPointer(_message, at, out var target))
        {
            if (target == _ownerAt)
            {
                return at + 2;
            }

            if (target >= at)
            {
                return -1;
            }

            at = target;
        }

        var length = CompressedName.Expand(_message, at, _ownerScratch, out var next);
        if (length < 0)
        {
            return -1;
        }

        _owner = _ownerScratch[..length];
        _ownerAt = at;
        return at == _position ? next : _position + 2;
    }

    private readonly bool TryExpandRdata(RdataLayout layout, int start, int end, ref ReadOnlySpan<byte> rdata)
    {
        // Names end at `end` at the latest, but their pointers lead anywhere before it.
        var message = _message[..end];
        var written = 0;
        foreach (var field in layout.Fields)
        {
            int length, next;
            if (_rdataScratch.Length - written < DomainName.MaxWireLength)
            {
                return false;
            }

            if (field.MayBeCompressedOnReceive())
            {
                length = CompressedName.Expand(message, start, _rdataScratch[written..], out next);
            }
            else
            {
                length = field.Measure(message[start..]);
                next = start + length;
                if (length >= 0 && !message[start..next].TryCopyTo(_rdataScratch[written..]))
                {
                    return false;
                }
            }

            if (length < 0)
            {
                return false;
            }

            start = next;
            written += length;
        }

        rdata = _rdataScratch[..written];
        return start == end;
    }

    private readonly ushort ReadUInt16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_message[offset..]);

    private bool Fail(MessageError error)
    {
        Error = error;
        return false;
    }
}
