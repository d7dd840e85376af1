using System.Buffers.Binary;
using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>A message that is no everyday query, and how a server's reaction to it is written down.</summary>
/// <param name="Flags">The header's second 16 bits: QR, opcode, flags and response code.</param>
/// <param name="Name">Null: no question.</param>
public sealed record ProtocolProbe(ushort Flags, DomainName? Name, RecordType Type, bool WithOpt)
{
    public const int OpcodeShift = 11;

    private const ushort Id = 0x4D44;

    private static readonly (int Bit, string Name)[] s_flags =
        [(0x8000, "qr"), (0x400, "aa"), (0x200, "tc"), (0x100, "rd"), (0x80, "ra"), (0x40, "z"), (0x20, "ad"), (0x10, "cd")];

    public byte[] ToMessage()
    {
        var question = Name is null ? [] : (byte[])[.. Name.Wire, (byte)((int)Type >> 8), (byte)Type, 0, 1];
        byte[] opt = WithOpt ? [0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0] : [];
        byte[] message = [.. new byte[12], .. question, .. opt];
        BinaryPrimitives.WriteUInt16BigEndian(message, Id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Flags);
        message[5] = (byte)(Name is null ? 0 : 1);
        message[11] = (byte)(WithOpt ? 1 : 0);
        return message;
    }

    /// <summary>Response code, opcode and flags, and how many records each section has; <c>silence</c> where nothing comes.</summary>
    public static string Describe(byte[]? reply)
    {
        if (reply is null)
        {
            return "silence";
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(2));
        var counts = Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(4 + (2 * i))));
        var set = s_flags.Where(flag => (flags & flag.Bit) != 0).Select(flag => flag.Name);
        return $"{(ResponseCode)(flags & 15)} opcode {flags >> OpcodeShift & 15} {string.Join(' ', set)} {string.Join('/', counts)}";
    }

    public override string ToString() => $"flags {Flags:x4} {Name?.ToString() ?? "no question"} {Type}{(WithOpt ? " +opt" : "")}";
}
