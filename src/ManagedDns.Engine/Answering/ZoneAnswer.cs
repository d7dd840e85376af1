using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// The algorithm of RFC 1034 §4.3.2 with wildcards (RFC 4592), DNAME (RFC 6672) and the DNSSEC records that go with each answer (RFC 4035 §3.1,
/// RFC 5155 §7.2). One instance serves one thread; its memory is used again for every query.
/// </summary>
internal sealed unsafe class ZoneAnswer : IDisposable
{
    /// <summary>How many CNAMEs and DNAMEs are followed. What is left the resolver asks for.</summary>
    public const int MaxChain = 16;

    private readonly NameLookup* _chain;
    private readonly NameLookup* _glue;
    private readonly DenialProof _denial;
    private readonly int[] _visited = new int[MaxChain + 1];
    private readonly nint[] _redirected = new nint[MaxChain + 1];
    private Query* _query;
    private Response* _response;
    private ZoneDirectory* _directory;

    // The name that is looked up now, and where it lies in the message, uncompressed.
    private NameLookup* _name;
    private int _offset;
    private int _hops;
    private int _redirects;

    public ZoneAnswer()
    {
        _chain = (NameLookup*)NativeMemory.AllocZeroed(3, (nuint)sizeof(NameLookup));
        _glue = _chain + 2;
        _denial = new DenialProof();
    }

    ~ZoneAnswer() => NativeMemory.Free(_chain);

    private bool Dnssec => _query->DnssecOk;

    private int ApexOffset => _offset + _name->StartAtDepth(0);

    /// <summary>Answers a query whose name has been located: its zone and its leaf are known.</summary>
    public void Compose(Query* query, Response* response, ZoneDirectory* directory)
    {
        _query = query;
        _response = response;
        _directory = directory;
        _denial.Clear();
        _redirects = 0;
        _name = &query->Name;
        _offset = MessageHeader.Length;
        _hops = 0;
        if (_name->Zone->UnavailableBecause != 0)
        {
            response->Code = ResponseCode.ServFail;
            response->ExtendedError = (ExtendedErrorCode)_name->Zone->UnavailableBecause;
            return;
        }

        response->IsAuthoritative = true;
        for (var target = AnswerName(); target != null && Follow(target); target = AnswerName())
        {
        }

        _denial.AppendTo(response);
    }

    public void Dispose()
    {
        NativeMemory.Free(_chain);
        _denial.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Answers for the current name.</summary>
    /// <returns>The name to go on with, in the message; null when the answer is complete.</returns>
    private byte* AnswerName()
    {
        _name->Match();
        var barrier = _name->Node->Barrier - 1;
        if (barrier >= 0 && barrier <= _name->CommonDepth)
        {
            // A DS lies on the parent's side of its cut; and a DNAME redirects what is below its owner, not the owner.
            var isBarrier = barrier == _name->Depth;
            var leaf = isBarrier ? _name->Node : FindAncestor(barrier);
            if (leaf->IsCut && !(isBarrier && _query->Type == RecordType.DS))
            {
                Refer(Arena.At(_name->Zone->Chunks, leaf->Reference), barrier);
                return null;
            }

            if (!isBarrier && !leaf->IsCut)
            {
                return Redirect(Arena.At(_name->Zone->Chunks, leaf->Reference), barrier);
            }
        }

        if (_name->IsExact)
        {
            return AnswerFrom(_name->Cell, isWildcard: false);
        }

        if (_name->CommonDepth == _name->Depth)
        {
            DenyEmptyNonTerminal();
            return null;
        }

        return AnswerFromWildcard();
    }

    private byte* AnswerFrom(byte* cell, bool isWildcard)
    {
        if (_query->Type is RecordType.ANY or RecordType.RRSIG)
        {
            AnswerAny(cell, isWildcard);
            return null;
        }

        var set = NameCell.Find(_name->Zone->Chunks, cell, _query->Type);
        if (set != null)
        {
            AppendAnswer(cell, set, isWildcard);
            return null;
        }

        // An NSEC stands beside a CNAME (RFC 4035 §2.5), so a query for it is not for the alias's target.
        set = _query->Type == RecordType.NSEC ? null : NameCell.Find(_name->Zone->Chunks, cell, RecordType.CNAME);
        if (set == null)
        {
            DenyType(cell, isWildcard);
            return null;
        }

        var record = _response->At;
        return AppendAnswer(cell, set, isWildcard) ? record + RecordSet.RecordHeader : null;
    }

    private bool AppendAnswer(byte* cell, RecordSet* set, bool isWildcard)
    {
        var records = _response->At;
        if (!AppendOne(set, _offset, ref _response->Answers))
        {
            return false;
        }

        var end = _response->At;
        if (!AppendSignatures(cell, set, _offset, ref _response->Answers))
        {
            return false;
        }

        _response->CountAs(ResponseKind.Answer, _name->Zone, cell);
        if (isWildcard && Dnssec)
        {
            BeginDenial();
            _denial.NoCloserMatch(_name->CommonDepth);
        }

        if (set->Type == (ushort)RecordType.NS)
        {
            _denial.AppendTo(_response);
            AppendServerAddresses(records, end);
        }

        return true;
    }

    /// <summary>RFC 8482: over UDP one RRset stands for all; a client that came by TCP gets them all.</summary>
    private void AnswerAny(byte* cell, bool isWildcard)
    {
        var signaturesOnly = _query->Type == RecordType.RRSIG;
        var one = _query->Transport == Transport.Udp;
        var found = false;
        var entry = NameCell.FirstSet(cell);
        for (var left = NameCell.SetCount(cell); left > 0; left--, entry = entry->Next)
        {
            var set = entry->Resolve(_name->Zone->Chunks);
            var isSignature = set->Type == (ushort)RecordType.RRSIG;
            if (isSignature != signaturesOnly || (one && left > 2 && set->Type == (ushort)RecordType.NSEC))
            {
                // An NSEC stands for the others only where nothing but its signatures follows.
                continue;
            }

            if (!(isSignature ? AppendOne(set) : Append(cell, set, _offset, ref _response->Answers)))
            {
                return;
            }

            found = true;
            _response->CountAs(ResponseKind.Answer, _name->Zone, cell);
            if (one)
            {
                break;
            }
        }

        if (!found)
        {
            DenyType(cell, isWildcard);
        }
        else if (isWildcard && Dnssec)
        {
            BeginDenial();
            _denial.NoCloserMatch(_name->CommonDepth);
        }
    }

    private byte* AnswerFromWildcard()
    {
        var encloser = _name->CommonDepth;
        if (_name->Zone->HasWildcards)
        {
            var leaf = FindWildcard(encloser, out var isEmptyNonTerminal);
            if (leaf != null)
            {
                return AnswerFrom(Arena.At(_name->Zone->Chunks, leaf->Reference), isWildcard: true);
            }

            if (isEmptyNonTerminal)
            {
                AppendSoa();
                if (Dnssec)
                {
                    BeginDenial();
                    _denial.NoDataAtEmptyWildcard(encloser);
                }

                return null;
            }
        }

        // RFC 6604: the response code is that of the last name of a chain.
        _response->Code = ResponseCode.NXDomain;
        AppendSoa();
        _response->CountAs(ResponseKind.NXDomain, _name->Zone);
        if (Dnssec)
        {
            BeginDenial();
            _denial.NameError(encloser);
        }

        return null;
    }

    private void DenyType(byte* cell, bool isWildcard)
    {
        AppendSoa();
        if (!Dnssec)
        {
            return;
        }

        BeginDenial();
        if (isWildcard)
        {
            _denial.NoDataAtWildcard(_name->CommonDepth, cell);
        }
        else
        {
            _denial.NoData(cell);
        }
    }

    private void DenyEmptyNonTerminal()
    {
        AppendSoa();
        if (Dnssec)
        {
            BeginDenial();
            _denial.NoDataAtEmptyNonTerminal();
        }
    }

    private void Refer(byte* cut, int depth)
    {
        if (_hops == 0)
        {
            _response->IsAuthoritative = false;
        }

        _response->CountAs(ResponseKind.Referral, _name->Zone, cut);
        var set = NameCell.Find(_name->Zone->Chunks, cut, RecordType.NS);
        var owner = _offset + _name->StartAtDepth(depth);
        var records = _response->At;
        if (!AppendOne(set, owner, ref _response->Authorities))
        {
            return;
        }

        var end = _response->At;
        if (Dnssec && _name->Zone->Denial != Denial.Unsigned)
        {
            // A DS that is not signed proves nothing, and is no part of a referral.
            var ds = NameCell.Find(_name->Zone->Chunks, cut, RecordType.DS);
            if (ds != null && NameCell.Signatures(cut, ds) != null)
            {
                Append(cut, ds, owner, ref _response->Authorities);
            }
            else
            {
                BeginDenial();
                _denial.NoDelegationSigner(depth, cut);
            }
        }

        _denial.AppendTo(_response);
        AppendGlue(records, end, depth);
    }

    /// <summary>
    /// The addresses of the name servers of a referral that lie in this zone. Those below the cut itself must be there (RFC 9471); the others are
    /// a courtesy and come after them.
    /// </summary>
    private void AppendGlue(byte* records, byte* end, int depth)
    {
        var others = false;
        for (var record = records; record < end; record = RecordSet.NextRecord(record))
        {
            others |= AppendAddresses(record, depth, inDomain: true, required: true);
        }

        for (var record = records; others && record < end; record = RecordSet.NextRecord(record))
        {
            AppendAddresses(record, depth, inDomain: false, required: false);
        }
    }

    /// <summary>The addresses that the zone has of the name servers in an answer: a courtesy to resolvers that prime.</summary>
    private void AppendServerAddresses(byte* records, byte* end)
    {
        for (var record = records; record < end; record = RecordSet.NextRecord(record))
        {
            AppendAddresses(record, depth: 0, inDomain: true, required: false);
        }
    }

    /// <returns>Whether the server is one of those that the other round is for.</returns>
    private bool AppendAddresses(byte* record, int depth, bool inDomain, bool required)
    {
        var zone = _name->Zone;
        var rdata = record + RecordSet.RecordHeader;
        var length = RecordSet.RdataLength(record);
        if (length <= zone->ApexLength || _glue->Read(rdata, rdata + length) == 0 || !IsBelow(_glue, _name, 0))
        {
            return false;
        }

        _glue->Zone = zone;
        if (IsBelow(_glue, _name, depth) != inDomain)
        {
            return true;
        }

        _glue->BeginDescent();
        _glue->Descend();
        _glue->Match();
        if (_glue->IsExact)
        {
            AppendAddress(RecordType.A, rdata, length, required);
            AppendAddress(RecordType.AAAA, rdata, length, required);
        }

        return false;
    }

    private void AppendAddress(RecordType type, byte* name, int length, bool required)
    {
        var set = NameCell.Find(_glue->Zone->Chunks, _glue->Cell, type);
        if (set == null)
        {
            return;
        }

        var owner = _response->OffsetOf(name);
        if (!_response->AppendOwnedBy(set, owner, length, ref _response->Additionals))
        {
            _response->IsOverfull |= required;
            return;
        }

        // RFC 4035 §3.1.1: left out without TC where there is no room.
        var signatures = Dnssec ? NameCell.Signatures(_glue->Cell, set) : null;
        if (signatures != null)
        {
            _response->AppendOwnedBy(signatures, owner, length, ref _response->Additionals);
        }
    }

    /// <summary>Whether a name lies at or below another one's ancestor at a depth (the apex at 0).</summary>
    private static bool IsBelow(NameLookup* name, NameLookup* other, int depth)
    {
        var start = other->StartAtDepth(depth);
        var length = other->Length - start;
        var labels = other->Zone->ApexLabels + depth;
        if (name->Labels < labels)
        {
            return false;
        }

        var at = name->Labels == labels ? 0 : labels == 0 ? name->Length - 1 : name->Starts[name->Labels - labels];
        return name->Length - at == length && new ReadOnlySpan<byte>(name->Name + at, length).SequenceEqual(new ReadOnlySpan<byte>(other->Name + start, length));
    }

    private byte* Redirect(byte* cell, int depth)
    {
        var set = NameCell.Find(_name->Zone->Chunks, cell, RecordType.DNAME);
        var prefix = _name->StartAtDepth(depth);
        // A DNAME that leads below itself redirects again and again; its record stands in the answer once.
        if (!_redirected.AsSpan(0, _redirects).Contains((nint)set))
        {
            if (!Append(cell, set, _offset + prefix, ref _response->Answers))
            {
                return null;
            }

            _redirected[_redirects++] = (nint)set;
        }

        _response->CountAs(ResponseKind.Answer, _name->Zone, cell);
        var target = set->Records + RecordSet.RecordHeader;
        var targetLength = RecordSet.RdataLength(set->Records);
        if (prefix + targetLength > DomainName.MaxWireLength)
        {
            _response->Code = ResponseCode.YXDomain;
            return null;
        }

        var length = RecordSet.RecordHeader + prefix + targetLength;
        if (length > _response->End - _response->At)
        {
            _response->IsOverfull = true;
            return null;
        }

        // The synthesized CNAME has the DNAME's TTL and no signature (RFC 6672 §3.1, §5.3.1).
        var record = _response->At;
        var header = new Span<byte>(record, RecordSet.RecordHeader);
        new ReadOnlySpan<byte>(set->Records, RecordSet.RecordHeader).CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(0xC000 | _offset));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)RecordType.CNAME);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(prefix + targetLength));
        Unsafe.CopyBlockUnaligned(record + RecordSet.RecordHeader, _response->Message + _offset, (uint)prefix);
        Unsafe.CopyBlockUnaligned(record + RecordSet.RecordHeader + prefix, target, (uint)targetLength);
        _response->At += length;
        _response->Answers++;
        return _query->Type == RecordType.CNAME ? null : record + RecordSet.RecordHeader;
    }

    /// <summary>Makes the target of an alias the current name. False where it leaves our zones, was there before, or the chain is long enough.</summary>
    private bool Follow(byte* target)
    {
        _visited[_hops] = _offset;
        var offset = _response->OffsetOf(target);
        // Pointers lead to any label of the name.
        if (_hops == MaxChain || offset > Response.MaxPointer - DomainName.MaxWireLength)
        {
            return false;
        }

        _hops++;
        var next = _chain + (_hops & 1);
        if (next->Read(target, _response->At) == 0 || !next->Locate(_directory, _query->Type) || next->Zone->UnavailableBecause != 0 || WasVisited(next))
        {
            return false;
        }

        next->Descend();
        _name = next;
        _offset = offset;
        return true;
    }

    private bool WasVisited(NameLookup* next)
    {
        for (var hop = 0; hop < _hops; hop++)
        {
            var before = new ReadOnlySpan<byte>(_response->Message + _visited[hop], next->Length);
            if (WireName.Equals(before, new ReadOnlySpan<byte>(next->Name, next->Length)))
            {
                return true;
            }
        }

        return false;
    }

    private void AppendSoa()
    {
        var zone = _name->Zone;
        _response->CountAs(ResponseKind.NoData, zone);
        if (!_response->Append(zone->NegativeSoa, zone->NegativeSoaLength, 1, ApexOffset, ref _response->Authorities)
            || (Dnssec && zone->NegativeSoaSignatures != 0 && !_response->Append(
                zone->NegativeSoa + zone->NegativeSoaLength, zone->NegativeSoaSignaturesLength, zone->NegativeSoaSignatures, ApexOffset, ref _response->Authorities)))
        {
            _response->IsOverfull = true;
        }
    }

    /// <summary>Appends a set and, to those who ask for them, its signatures.</summary>
    private bool Append(byte* cell, RecordSet* set, int owner, ref int count)
    {
        return AppendOne(set, owner, ref count) && AppendSignatures(cell, set, owner, ref count);
    }

    private bool AppendSignatures(byte* cell, RecordSet* set, int owner, ref int count)
    {
        var signatures = Dnssec ? NameCell.Signatures(cell, set) : null;
        return signatures == null || AppendOne(signatures, owner, ref count);
    }

    private bool AppendOne(RecordSet* set) => AppendOne(set, _offset, ref _response->Answers);

    private bool AppendOne(RecordSet* set, int owner, ref int count)
    {
        if (_response->Append(set, owner, ref count))
        {
            return true;
        }

        _response->IsOverfull = true;
        return false;
    }

    private void BeginDenial() => _denial.Begin(_name, ApexOffset);

    /// <summary>The leaf of the name's ancestor at a depth, which must exist.</summary>
    private TrieNode* FindAncestor(int depth)
    {
        var length = DenialProof.KeyLengthAtDepth(_name, depth);
        return _name->Node->KeyLength == length && !_name->IsExact
            ? _name->Node
            : Trie.Nearest(_name->Zone->Chunks, &_name->Zone->Names, _name->Key, length);
    }

    private TrieNode* FindWildcard(int encloser, out bool isEmptyNonTerminal)
    {
        var zone = _name->Zone;
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = DenialProof.WildcardKey(_name, encloser, key);
        var leaf = Trie.Nearest(zone->Chunks, &zone->Names, key, length);
        var name = NameCell.Name(Arena.At(zone->Chunks, leaf->Reference));
        var suffix = new ReadOnlySpan<byte>(_name->Name + _name->StartAtDepth(encloser), _name->RelativeLength - _name->StartAtDepth(encloser));
        var isBelow = name.Length >= suffix.Length + 2 && name.EndsWith(suffix) && name[^(suffix.Length + 2)..].StartsWith("\u0001*"u8)
            && IsLabelBorder(name, name.Length - suffix.Length - 2);
        isEmptyNonTerminal = isBelow && name.Length > suffix.Length + 2;
        return isBelow && !isEmptyNonTerminal ? leaf : null;
    }

    private static bool IsLabelBorder(ReadOnlySpan<byte> name, int at)
    {
        var i = 0;
        while (i < at)
        {
            i += name[i] + 1;
        }

        return i == at;
    }
}
