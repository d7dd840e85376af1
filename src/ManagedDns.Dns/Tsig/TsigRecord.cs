using System.Buffers.Binary;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tsig;

/// <summary>Whether a message carries a TSIG record.</summary>
public enum TsigPresence
{
    Unsigned,

    /// <summary>One TSIG record, in the last place.</summary>
    Signed,

    /// <summary>The message cannot be read, or its TSIG record is malformed or not the last record: FORMERR.</summary>
    Malformed,
}

/// <summary>A TSIG record (RFC 8945 §4.2) as spans.</summary>
public readonly ref struct TsigRecord
{
    /// <summary>Octets of the RDATA besides algorithm name, MAC and other data.</summary>
    internal const int FixedLength = 6 + 2 + 2 + 2 + 2 + 2;

    public ReadOnlySpan<byte> KeyName { get; init; }

    public ReadOnlySpan<byte> AlgorithmName { get; init; }

    /// <summary>Seconds since 1970, 48 bits.</summary>
    public long TimeSigned { get; init; }

    /// <summary>Seconds by which the clocks may differ.</summary>
    public ushort Fudge { get; init; }

    public ReadOnlySpan<byte> Mac { get; init; }

    public ushort OriginalId { get; init; }

    public ResponseCode Error { get; init; }

    /// <summary>With BADTIME the server's time, 48 bits; else empty.</summary>
    public ReadOnlySpan<byte> OtherData { get; init; }

    /// <summary>Where the record begins in its message.</summary>
    public int Offset { get; init; }

    /// <summary>Looks for the TSIG record of a message.</summary>
    /// <param name="scratch"><see cref="MessageReader.ScratchLength"/> octets, to which the record may point.</param>
    public static TsigPresence Find(ReadOnlySpan<byte> message, Span<byte> scratch, out TsigRecord tsig)
    {
        tsig = default;
        var presence = TsigPresence.Unsigned;
        var reader = new MessageReader(message, scratch);
        while (reader.TryReadRecord(out var record))
        {
            if (presence == TsigPresence.Signed)
            {
                return TsigPresence.Malformed;
            }

            if (record.Type == RecordType.TSIG)
            {
                if (reader.Section != MessageSection.Additional || !TryParse(record, reader.RecordOffset, out tsig))
                {
                    return TsigPresence.Malformed;
                }

                presence = TsigPresence.Signed;
            }
        }

        return reader.Error == MessageError.None ? presence : TsigPresence.Malformed;
    }

    /// <summary>Reads the fields of a record of type TSIG.</summary>
    /// <param name="offset">Where the record begins in its message.</param>
    public static bool TryParse(scoped in WireRecord record, int offset, out TsigRecord tsig)
    {
        tsig = default;
        var rdata = record.Rdata;
        var name = WireName.Length(rdata);
        if (record.Class != RecordClass.ANY || record.Ttl != 0 || name < 0 || rdata.Length < name + FixedLength)
        {
            return false;
        }

        var fields = rdata[name..];
        int mac = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (fields.Length < FixedLength + mac)
        {
            return false;
        }

        var end = fields[(10 + mac)..];
        int other = BinaryPrimitives.ReadUInt16BigEndian(end[4..]);
        if (end.Length != 6 + other)
        {
            return false;
        }

        tsig = new TsigRecord
        {
            KeyName = record.Owner,
            AlgorithmName = rdata[..name],
            TimeSigned = ReadTime(fields),
            Fudge = BinaryPrimitives.ReadUInt16BigEndian(fields[6..]),
            Mac = fields.Slice(10, mac),
            OriginalId = BinaryPrimitives.ReadUInt16BigEndian(end),
            Error = (ResponseCode)BinaryPrimitives.ReadUInt16BigEndian(end[2..]),
            OtherData = end[6..],
            Offset = offset,
        };
        return true;
    }

    /// <summary>The octets that <see cref="Write"/> appends.</summary>
    internal int Length => KeyName.Length + 10 + AlgorithmName.Length + FixedLength + Mac.Length + OtherData.Length;

    /// <summary>Appends the record to a message, counts it, and returns the new length.</summary>
    internal int Write(Span<byte> buffer, int length)
    {
        var end = length + Length;
        var at = length;
        Put(buffer, ref at, KeyName);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], (ushort)RecordType.TSIG);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 2)..], (ushort)RecordClass.ANY);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[(at + 4)..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 8)..], (ushort)(end - at - 10));
        at += 10;
        Put(buffer, ref at, AlgorithmName);
        WriteTime(buffer[at..], TimeSigned);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 6)..], Fudge);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 8)..], (ushort)Mac.Length);
        at += 10;
        Put(buffer, ref at, Mac);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 2)..], (ushort)Error);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 4)..], (ushort)OtherData.Length);
        at += 6;
        Put(buffer, ref at, OtherData);

        var count = buffer[MessageHeader.AdditionalCountOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(count) + 1));
        return end;
    }

    internal static long ReadTime(ReadOnlySpan<byte> octets) =>
        ((long)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]);

    internal static void WriteTime(Span<byte> octets, long seconds)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(seconds >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)seconds);
    }

    private static void Put(Span<byte> buffer, ref int at, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(buffer[at..]);
        at += octets.Length;
    }
}
