using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// A zone's SOA record as negative answers carry it, its RRSIGs behind it: their TTL is at most MINIMUM (RFC 2308 §5), and names in its RDATA that lie in the
/// zone end in a compression pointer to the apex, which the answer sets.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NegativeSoa
{
    private const int PointerLength = 2;

    public byte* Record;
    public int Length;

    /// <summary>Where in the record MNAME's and RNAME's pointers lie; 0: the name is written out.</summary>
    public int PrimaryPointer;
    public int MailboxPointer;

    public int SignatureCount;
    public int SignaturesLength;

    public readonly byte* Signatures => Record + Length;

    /// <summary>Writes record and signatures where <paramref name="at"/> is, which takes no more room than they take as they lie.</summary>
    /// <param name="signatures">Null: there are none.</param>
    public static NegativeSoa Write(byte* at, RecordSet* soa, RecordSet* signatures, DomainName apex)
    {
        var record = soa->Records;
        var rdata = new ReadOnlySpan<byte>(record + RecordSet.RecordHeader, RecordSet.RdataLength(record));
        var primary = rdata[..WireName.Length(rdata)];
        var mailbox = rdata[primary.Length..][..WireName.Length(rdata[primary.Length..])];
        var minimum = SoaTimers.Read(rdata).Minimum;
        var negative = new NegativeSoa { Record = at };
        var writer = new Span<byte>(at, soa->Length);
        new ReadOnlySpan<byte>(record, RecordSet.RecordHeader).CopyTo(writer);
        negative.Length = RecordSet.RecordHeader;
        negative.PrimaryPointer = negative.Append(primary, apex);
        negative.MailboxPointer = negative.Append(mailbox, apex);
        rdata[^SoaTimers.Size..].CopyTo(writer[negative.Length..]);
        negative.Length += SoaTimers.Size;
        BinaryPrimitives.WriteUInt16BigEndian(writer[(RecordSet.RecordHeader - 2)..], (ushort)(negative.Length - RecordSet.RecordHeader));
        CapTtl(at, minimum);
        if (signatures != null)
        {
            negative.SignatureCount = signatures->Count;
            negative.SignaturesLength = signatures->Length;
            new ReadOnlySpan<byte>(signatures->Records, signatures->Length).CopyTo(new Span<byte>(negative.Signatures, signatures->Length));
            for (var signature = negative.Signatures; signature < negative.Signatures + negative.SignaturesLength; signature = RecordSet.NextRecord(signature))
            {
                CapTtl(signature, minimum);
            }
        }

        return negative;
    }

    /// <returns>Where the pointer is to be set; 0 where there is none.</returns>
    private int Append(ReadOnlySpan<byte> name, DomainName apex)
    {
        // A pointer to the root label would be longer than that.
        var isInZone = apex.Wire.Length > PointerLength && WireName.IsSubdomainOf(name, apex.Wire);
        var written = isInZone ? name[..^apex.Wire.Length] : name;
        written.CopyTo(new Span<byte>(Record + Length, written.Length));
        Length += written.Length;
        if (!isInZone)
        {
            return 0;
        }

        Length += PointerLength;
        return Length - PointerLength;
    }

    private static void CapTtl(byte* record, uint most)
    {
        var ttl = new Span<byte>(record + 6, 4);
        BinaryPrimitives.WriteUInt32BigEndian(ttl, Math.Min(most, BinaryPrimitives.ReadUInt32BigEndian(ttl)));
    }
}
