using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.TransferOut;

/// <summary>One message of those that are kept of a zone, and where it begins.</summary>
internal sealed class KeptChunk
{
    private readonly byte[] _firstOwner;

    private KeptChunk(ReadOnlyMemory<byte> message, byte[] firstOwner, ZonePlace first)
    {
        Message = message;
        First = first;
        _firstOwner = firstOwner;
    }

    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>Records in the message.</summary>
    public int Count => BinaryPrimitives.ReadUInt16BigEndian(Message.Span[MessageHeader.AnswerCountOffset..]);

    /// <summary>The place of the owner that it begins with.</summary>
    public ZonePlace First { get; }

    /// <summary>Null where the message cannot be read or is of another zone.</summary>
    public static KeptChunk? TryRead(ReadOnlyMemory<byte> message, DomainName apex)
    {
        var reader = new MessageReader(message.Span, stackalloc byte[MessageReader.ScratchLength]);
        return reader.TryReadRecord(out var record) && WireName.IsSubdomainOf(record.Owner, apex.Wire)
            ? new(message, record.Owner.ToArray(), ZonePlace.Of(record, apex))
            : null;
    }

    /// <summary>Whether this and the other begin within the same owner's records.</summary>
    public bool BeginsWith(KeptChunk other) => First.CompareTo(other.First) == 0;

    /// <summary>Whether a record belongs to the owner that this begins with.</summary>
    public bool BeginsWith(ReadOnlySpan<byte> owner, bool isNsec3) => First.IsNsec3 == isNsec3 && WireName.Equals(_firstOwner, owner);

    /// <summary>How many records at the end of this belong to the owner that the next begins with: the message before ended within it.</summary>
    public int SharedWith(KeptChunk next)
    {
        var reader = new MessageReader(Message.Span, stackalloc byte[MessageReader.ScratchLength]);
        var shared = 0;
        while (reader.TryReadRecord(out var record))
        {
            shared = next.BeginsWith(record.Owner, ZoneWriter.IsNsec3(record)) ? shared + 1 : 0;
        }

        return shared;
    }
}
