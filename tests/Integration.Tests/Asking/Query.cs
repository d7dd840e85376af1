using System.Buffers.Binary;
using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Asking;

/// <summary>
/// A question as the tests put it on the wire. Built and read by code of the tests' own, so that a mistake in the code under test cannot hide itself.
/// </summary>
public sealed record Query(DomainName Name, RecordType Type)
{
    public RecordClass Class { get; init; } = RecordClass.IN;

    /// <summary>The UDP payload size in an OPT record; null: no EDNS.</summary>
    public ushort? PayloadSize { get; init; } = 1232;

    public bool DnssecOk { get; init; }

    /// <summary>The message with <paramref name="id"/>.</summary>
    public byte[] ToMessage(ushort id)
    {
        var message = new byte[12 + Name.Wire.Length + 4 + (PayloadSize is null ? 0 : 11)];
        var span = message.AsSpan();
        BinaryPrimitives.WriteUInt16BigEndian(span, id);
        BinaryPrimitives.WriteUInt16BigEndian(span[4..], 1);
        Name.Wire.CopyTo(span[12..]);
        var rest = span[(12 + Name.Wire.Length)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)Class);
        if (PayloadSize is { } size)
        {
            message[11] = 1;
            var opt = rest[4..];
            BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)RecordType.OPT);
            BinaryPrimitives.WriteUInt16BigEndian(opt[3..], size);
            opt[7] = (byte)(DnssecOk ? 0x80 : 0);
        }

        return message;
    }

    public override string ToString() => $"{Name} {Type}{(DnssecOk ? " +dnssec" : "")}{(PayloadSize is null ? " +noedns" : "")}";
}
