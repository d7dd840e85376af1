using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// The names that one answer is about: the query's, then the targets of the CNAMEs and DNAMEs on the way, as long as they lie in our zones. Where they lie in the
/// message, uncompressed, owners point to.
/// </summary>
internal sealed unsafe class AliasChain : IDisposable
{
    /// <summary>How many aliases are followed. What is left the resolver asks for.</summary>
    public const int MaxHops = 16;

    // The names after the first take turns.
    private readonly NameLookup* _next = (NameLookup*)NativeMemory.AllocZeroed(2, (nuint)sizeof(NameLookup));
    private readonly int[] _visited = new int[MaxHops + 1];
    private readonly nint[] _redirections = new nint[MaxHops + 1];
    private Query* _query;
    private Response* _response;
    private ZoneDirectory* _directory;
    private int _redirectionCount;

    ~AliasChain() => NativeMemory.Free(_next);

    /// <summary>The name that is looked up now.</summary>
    public NameLookup* Name { get; private set; }

    /// <summary>Where it lies in the message.</summary>
    public int Offset { get; private set; }

    /// <summary>How many aliases have led to it.</summary>
    public int Hops { get; private set; }

    public int ApexOffset => Offset + Name->StartAtDepth(0);

    public void Begin(Query* query, Response* response, ZoneDirectory* directory)
    {
        _query = query;
        _response = response;
        _directory = directory;
        Name = &query->Name;
        Offset = MessageHeader.Length;
        Hops = 0;
        _redirectionCount = 0;
    }

    /// <summary>Makes the target of an alias the current name. False where it leaves our zones, was there before, or the chain is long enough.</summary>
    /// <param name="target">In the message, whole and uncompressed.</param>
    public bool Follow(byte* target)
    {
        _visited[Hops] = Offset;
        var offset = _response->OffsetOf(target);
        // Pointers lead to any label of the name.
        if (Hops == MaxHops || offset > Response.MaxPointer - DomainName.MaxWireLength)
        {
            return false;
        }

        Hops++;
        var next = _next + (Hops & 1);
        if (next->Read(target, _response->At) == 0 || !next->Locate(_directory, _query->Type) || next->Zone->UnavailableBecause != 0 || WasVisited(next))
        {
            return false;
        }

        next->Descend();
        Name = next;
        Offset = offset;
        return true;
    }

    /// <summary>Answers with the DNAME at the ancestor at a depth and the CNAME that follows from it (RFC 6672).</summary>
    /// <returns>The name to go on with, in the message; null when the answer is complete.</returns>
    public byte* Redirect(byte* cell, int depth)
    {
        var set = NameCell.Find(cell, RecordType.DNAME);
        var prefix = Name->StartAtDepth(depth);
        // A DNAME that leads below itself redirects again and again; its record stands in the answer once.
        if (!_redirections.AsSpan(0, _redirectionCount).Contains((nint)set))
        {
            if (!_response->Require(cell, set, Offset + prefix, _query->DnssecOk, ref _response->Answers))
            {
                return null;
            }

            _redirections[_redirectionCount++] = (nint)set;
        }

        var target = new ReadOnlySpan<byte>(set->Records + RecordSet.RecordHeader, RecordSet.RdataLength(set->Records));
        if (prefix + target.Length > DomainName.MaxWireLength)
        {
            _response->Code = ResponseCode.YXDomain;
            return null;
        }

        var record = AppendAlias(set, prefix, target);
        return record == null || _query->Type == RecordType.CNAME ? null : record + RecordSet.RecordHeader;
    }

    public void Dispose()
    {
        NativeMemory.Free(_next);
        GC.SuppressFinalize(this);
    }

    /// <summary>Appends the synthesized CNAME, with the DNAME's TTL and no signature (RFC 6672 §3.1, §5.3.1).</summary>
    /// <returns>The record; null where it does not fit.</returns>
    private byte* AppendAlias(RecordSet* dname, int prefix, ReadOnlySpan<byte> target)
    {
        var length = RecordSet.RecordHeader + prefix + target.Length;
        if (length > _response->End - _response->At)
        {
            _response->IsOverfull = true;
            return null;
        }

        var record = _response->At;
        var header = new Span<byte>(record, RecordSet.RecordHeader);
        new ReadOnlySpan<byte>(dname->Records, RecordSet.RecordHeader).CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(0xC000 | Offset));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)RecordType.CNAME);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(prefix + target.Length));
        Unsafe.CopyBlockUnaligned(record + RecordSet.RecordHeader, _response->Message + Offset, (uint)prefix);
        target.CopyTo(new Span<byte>(record + RecordSet.RecordHeader + prefix, target.Length));
        _response->At += length;
        _response->Answers++;
        return record;
    }

    private bool WasVisited(NameLookup* next)
    {
        for (var hop = 0; hop < Hops; hop++)
        {
            // What would reach past the end of what is written is no name of this length.
            if (_visited[hop] + next->Length <= _response->Length
                && WireName.Equals(new ReadOnlySpan<byte>(_response->Message + _visited[hop], next->Length), new ReadOnlySpan<byte>(next->Name, next->Length)))
            {
                return true;
            }
        }

        return false;
    }
}
