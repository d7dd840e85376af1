using System.Buffers.Binary;

namespace ManagedDns.Dns.Wire;

/// <summary>The 12 octets at the start of a message (RFC 1035 §4.1.1), as values. The offsets are there for code that patches a header in place.</summary>
public readonly record struct MessageHeader(ushort Id, ushort Flags, ushort QuestionCount, ushort AnswerCount, ushort AuthorityCount, ushort AdditionalCount)
{
    public const int Length = 12;
    public const int FlagsOffset = 2;
    public const int QuestionCountOffset = 4;
    public const int AnswerCountOffset = 6;
    public const int AuthorityCountOffset = 8;
    public const int AdditionalCountOffset = 10;

    public const ushort ResponseFlag = 0x8000;
    public const ushort AuthoritativeFlag = 0x0400;
    public const ushort TruncatedFlag = 0x0200;
    public const ushort RecursionDesiredFlag = 0x0100;
    public const ushort RecursionAvailableFlag = 0x0080;
    public const ushort AuthenticDataFlag = 0x0020;
    public const ushort CheckingDisabledFlag = 0x0010;

    public bool IsResponse => (Flags & ResponseFlag) != 0;

    public bool IsAuthoritative => (Flags & AuthoritativeFlag) != 0;

    public bool IsTruncated => (Flags & TruncatedFlag) != 0;

    public bool RecursionDesired => (Flags & RecursionDesiredFlag) != 0;

    public Opcode Opcode => (Opcode)((Flags >> 11) & 0xF);

    /// <summary>The low four bits; an OPT record may carry the rest (RFC 6891 §6.1.3).</summary>
    public ResponseCode ResponseCode => (ResponseCode)(Flags & 0xF);

    /// <summary>The flags word of a message with this opcode and response code; <paramref name="flags"/> adds further bits.</summary>
    public static ushort MakeFlags(Opcode opcode, ResponseCode code = ResponseCode.NoError, ushort flags = 0) =>
        (ushort)(flags | ((int)opcode << 11) | ((int)code & 0xF));

    public ushort Count(MessageSection section) => section switch
    {
        MessageSection.Question => QuestionCount,
        MessageSection.Answer => AnswerCount,
        MessageSection.Authority => AuthorityCount,
        _ => AdditionalCount,
    };

    /// <summary>Reads the header; false where the message is shorter than one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out MessageHeader header)
    {
        if (message.Length < Length)
        {
            header = default;
            return false;
        }

        header = new MessageHeader(
            BinaryPrimitives.ReadUInt16BigEndian(message),
            BinaryPrimitives.ReadUInt16BigEndian(message[FlagsOffset..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[QuestionCountOffset..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[AnswerCountOffset..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[AuthorityCountOffset..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[AdditionalCountOffset..]));
        return true;
    }

    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, Id);
        BinaryPrimitives.WriteUInt16BigEndian(message[FlagsOffset..], Flags);
        BinaryPrimitives.WriteUInt16BigEndian(message[QuestionCountOffset..], QuestionCount);
        BinaryPrimitives.WriteUInt16BigEndian(message[AnswerCountOffset..], AnswerCount);
        BinaryPrimitives.WriteUInt16BigEndian(message[AuthorityCountOffset..], AuthorityCount);
        BinaryPrimitives.WriteUInt16BigEndian(message[AdditionalCountOffset..], AdditionalCount);
    }
}
