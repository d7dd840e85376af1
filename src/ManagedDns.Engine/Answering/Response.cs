using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// A response that is composed behind the client's own question. Owners are pointers, mostly to the question; of names in RDATA
/// those of a negative answer's SOA are compressed and those of <see cref="CompressedNames"/>.
/// What does not fit is noted in <see cref="IsOverfull"/> and left out whole; <see cref="TruncatedCopy"/> then makes the best of it.
/// </summary>
internal unsafe struct Response
{
    /// <summary>The last place in a message that a compression pointer can lead to.</summary>
    public const int MaxPointer = 0x3FFF;

    public const int PointerTag = 0xC000;

    public byte* Message;
    public byte* At;

    /// <summary>Where records must end, so that OPT and TSIG still fit.</summary>
    public byte* End;

    public int Answers;
    public int Authorities;
    public int Additionals;
    public ResponseCode Code;
    public bool IsAuthoritative;

    /// <summary>Something that must be in the response did not fit.</summary>
    public bool IsOverfull;

    public ExtendedErrorCode? ExtendedError;

    /// <summary>What the response is counted as, and by which number, when responses are limited.</summary>
    public ResponseKind Kind;
    public ulong Subject;

    public readonly int Length => (int)(At - Message);

    public readonly int OffsetOf(byte* at) => (int)(at - Message);

    /// <summary>Begins behind header and question of a query, which lie in the buffer already.</summary>
    public static Response Begin(byte* message, int questionEnd, byte* end) =>
        new() { Message = message, At = message + questionEnd, End = end, Kind = ResponseKind.Error };

    /// <summary>Appends an RRset whose owner lies in the message at an offset. The count to raise is the section's.</summary>
    /// <returns>Whether it fitted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Append(RecordSet* set, int owner, ref int count)
    {
        if (set->Length > End - At)
        {
            return false;
        }

        var first = At;
        Unsafe.CopyBlockUnaligned(At, set->Records, (uint)set->Length);
        At += set->Length;
        count += set->Count;
        if (owner != MessageHeader.Length)
        {
            PointTo(first, owner);
        }

        return true;
    }

    /// <summary>Appends an RRset that must be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Require(RecordSet* set, int owner, ref int count)
    {
        if (Append(set, owner, ref count))
        {
            return true;
        }

        IsOverfull = true;
        return false;
    }

    /// <summary>Appends the signatures of a set that <paramref name="cell"/> has, if any, which must be there.</summary>
    public bool RequireSignatures(byte* cell, RecordSet* set, int owner, ref int count)
    {
        var signatures = NameCell.Signatures(cell, set);
        return signatures == null || Require(signatures, owner, ref count);
    }

    /// <summary>Appends an RRset that must be there and, to those who ask for them, its signatures.</summary>
    public bool Require(byte* cell, RecordSet* set, int owner, bool withSignatures, ref int count) =>
        Require(set, owner, ref count) && (!withSignatures || RequireSignatures(cell, set, owner, ref count));

    /// <summary>As <see cref="Append(RecordSet*, int, ref int)"/>, with an owner that may lie where no pointer leads any more: it is then copied.</summary>
    /// <param name="ownerLength">The octets that the owner takes there.</param>
    public bool AppendOwnedBy(RecordSet* set, int owner, int ownerLength, ref int count)
    {
        if (owner <= MaxPointer)
        {
            return Append(set, owner, ref count);
        }

        return set->Length + (set->Count * ownerLength) <= End - At && AppendSpelled(set, new ReadOnlySpan<byte>(Message + owner, ownerLength), null, ref count);
    }

    /// <summary>Appends to the authority section the SOA of a zone whose apex's name lies in the message at an offset.</summary>
    public void Require(NegativeSoa* soa, int apex, bool withSignatures)
    {
        var signatures = withSignatures ? soa->SignatureCount : 0;
        var length = soa->Length + (signatures == 0 ? 0 : soa->SignaturesLength);
        if (length > End - At)
        {
            IsOverfull = true;
            return;
        }

        var first = At;
        Unsafe.CopyBlockUnaligned(first, soa->Record, (uint)length);
        At += length;
        Authorities += 1 + signatures;
        PointTo(first, apex);
        WritePointer(first, soa->PrimaryPointer, apex);
        WritePointer(first, soa->MailboxPointer, apex);
    }

    /// <summary>Appends an RRset the first labels of whose owner are written out; the rest lies in the message at an offset.</summary>
    public bool AppendNamed(RecordSet* set, ReadOnlySpan<byte> labels, int rest, ref int count) =>
        set->Length + (set->Count * labels.Length) <= End - At && AppendSpelled(set, labels, rest, ref count);

    /// <summary>Notes what the response is counted as: by a zone, or by an owner in it.</summary>
    public void CountAs(ResponseKind kind, ZoneHeader* zone, byte* cell = null)
    {
        Kind = kind;
        Subject = zone->Hash ^ (ulong)cell;
    }

    /// <summary>Leaves header and question of what was composed behind them.</summary>
    public void Clear(int questionEnd)
    {
        At = Message + questionEnd;
        Answers = 0;
        Authorities = 0;
        Additionals = 0;
    }

    /// <summary>Writes the header: the query's id, opcode, RD and CD, and the rest as composed (RFC 4035 §3.1.6 has AD clear).</summary>
    public void Finish(bool truncated)
    {
        var flags = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(Message + MessageHeader.FlagsOffset, 2));
        flags = (ushort)(flags & (0x7800 | MessageHeader.RecursionDesiredFlag | MessageHeader.CheckingDisabledFlag));
        flags |= MessageHeader.ResponseFlag;
        flags |= IsAuthoritative ? MessageHeader.AuthoritativeFlag : (ushort)0;
        flags |= truncated ? MessageHeader.TruncatedFlag : (ushort)0;
        flags |= (ushort)((int)Code & 0xF);
        var header = new Span<byte>(Message, MessageHeader.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[MessageHeader.FlagsOffset..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(header[MessageHeader.AnswerCountOffset..], (ushort)Answers);
        BinaryPrimitives.WriteUInt16BigEndian(header[MessageHeader.AuthorityCountOffset..], (ushort)Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(header[MessageHeader.AdditionalCountOffset..], (ushort)Additionals);
    }

    /// <summary>Each record behind its owner: the labels given and then a pointer, or nothing where they are a whole name.</summary>
    private bool AppendSpelled(RecordSet* set, ReadOnlySpan<byte> labels, int? pointer, ref int count)
    {
        for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            labels.CopyTo(new Span<byte>(At, labels.Length));
            At += labels.Length;
            if (pointer is { } target)
            {
                BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(At, 2), (ushort)(PointerTag | target));
                At += 2;
            }

            var body = RecordSet.RecordHeader - 2 + RecordSet.RdataLength(record);
            Unsafe.CopyBlockUnaligned(At, record + 2, (uint)body);
            At += body;
            count++;
        }

        return true;
    }

    private static void WritePointer(byte* record, int at, int target)
    {
        if (at != 0)
        {
            Unsafe.WriteUnaligned(record + at, BinaryPrimitives.ReverseEndianness((ushort)(PointerTag | target)));
        }
    }

    private readonly void PointTo(byte* record, int owner)
    {
        var pointer = BinaryPrimitives.ReverseEndianness((ushort)(PointerTag | owner));
        for (; record < At; record = RecordSet.NextRecord(record))
        {
            Unsafe.WriteUnaligned(record, pointer);
        }
    }
}
