using System.Buffers.Binary;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Wire;

/// <summary>Writes one record into a message, with compression of its owner and of those names in RDATA for which RFC 3597 §4 allows it.</summary>
internal static class RecordWriter
{
    /// <summary>TYPE, CLASS, TTL and RDLENGTH.</summary>
    public const int FixedLength = 10;

    /// <summary>The most octets that <see cref="Write"/> can write.</summary>
    public static int MaxLength(in WireRecord record) => record.Owner.Length + FixedLength + record.Rdata.Length;

    /// <summary>Writes the record at <paramref name="at"/>, where <see cref="MaxLength"/> octets fit, and returns the offset behind it.</summary>
    public static int Write(Span<byte> message, int at, in WireRecord record, NameCompressor? names)
    {
        at = WriteName(message, at, record.Owner, names, isOwner: true);
        var fields = message.Slice(at, FixedLength);
        BinaryPrimitives.WriteUInt16BigEndian(fields, (ushort)record.Type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], (ushort)record.Class);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], record.Ttl);
        at += FixedLength;

        var layout = RdataLayout.Of(record.Type);
        var end = names is not null && layout.HasCompressibleNames
            ? WriteCompressed(message, at, record.Rdata, layout, names)
            : Copy(message, at, record.Rdata);
        BinaryPrimitives.WriteUInt16BigEndian(fields[8..], (ushort)(end - at));
        return end;
    }

    public static int WriteName(Span<byte> message, int at, ReadOnlySpan<byte> name, NameCompressor? names, bool isOwner) =>
        names is null ? Copy(message, at, name) : names.Write(message, at, name, isOwner);

    private static int WriteCompressed(Span<byte> message, int at, ReadOnlySpan<byte> rdata, RdataLayout layout, NameCompressor names)
    {
        foreach (var field in layout.Fields)
        {
            var length = field.Measure(rdata);
            if (length < 0)
            {
                // What is not well-formed goes out as it is: content is judged elsewhere.
                break;
            }

            at = field == RdataField.CompressibleName
                ? names.Write(message, at, rdata[..length], isOwner: false)
                : Copy(message, at, rdata[..length]);
            rdata = rdata[length..];
        }

        return Copy(message, at, rdata);
    }

    private static int Copy(Span<byte> message, int at, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(message[at..]);
        return at + octets.Length;
    }
}
