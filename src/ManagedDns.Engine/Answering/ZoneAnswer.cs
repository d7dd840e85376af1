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
    private readonly AliasChain _chain = new();
    private readonly AdditionalAddresses _addresses = new();
    private readonly DenialProof _denial = new();
    private Query* _query;
    private Response* _response;

    // The name that is looked up now; its chain knows where it lies in the message.
    private NameLookup* _name;

    private bool Dnssec => _query->DnssecOk;

    /// <summary>Answers a query whose name has been located: its zone and its leaf are known.</summary>
    public void Compose(Query* query, Response* response, ZoneDirectory* directory)
    {
        _query = query;
        _response = response;
        _chain.Begin(query, response, directory);
        _addresses.Begin(response, Dnssec);
        _denial.Clear();
        _name = _chain.Name;
        if (_name->Zone->UnavailableBecause != 0)
        {
            response->Code = ResponseCode.ServFail;
            response->ExtendedError = (ExtendedErrorCode)_name->Zone->UnavailableBecause;
            return;
        }

        response->IsAuthoritative = true;
        for (var target = AnswerName(); target != null && _chain.Follow(target); target = AnswerName())
        {
            _name = _chain.Name;
        }

        _denial.AppendTo(response);
    }

    public void Dispose()
    {
        _chain.Dispose();
        _addresses.Dispose();
        _denial.Dispose();
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
            var leaf = isBarrier ? _name->Node : _name->FindAncestor(barrier);
            if (leaf->IsCut && !(isBarrier && _query->Type == RecordType.DS))
            {
                Refer(CellOf(leaf), barrier);
                return null;
            }

            if (!isBarrier && !leaf->IsCut)
            {
                var redirection = CellOf(leaf);
                _response->CountAs(ResponseKind.Answer, _name->Zone, redirection);
                return _chain.Redirect(redirection, barrier);
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

        var set = NameCell.Find(cell, _query->Type);
        if (set != null)
        {
            AppendAnswer(cell, set, isWildcard);
            return null;
        }

        set = NameCell.Find(cell, RecordType.CNAME);
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
        var prefix = CompressedNames.Prefix(set);
        if (!(prefix < 0
            ? _response->Require(set, _chain.Offset, ref _response->Answers)
            : CompressedNames.Require(_response, set, prefix, _chain.Offset, _name->Length, _chain.Offset, ref _response->Answers)))
        {
            return false;
        }

        if (Dnssec && !_response->RequireSignatures(cell, set, _chain.Offset, ref _response->Answers))
        {
            return false;
        }

        _response->CountAs(ResponseKind.Answer, _name->Zone, cell);
        if (isWildcard)
        {
            ProveNoCloserMatch();
        }

        if (set->Type == (ushort)RecordType.NS)
        {
            _denial.AppendTo(_response);
            _addresses.AppendForAnswer(_name, set, records);
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
            var isSignature = entry->Type == (ushort)RecordType.RRSIG;
            if (isSignature != signaturesOnly || (one && left > 2 && entry->Type == (ushort)RecordType.NSEC))
            {
                // An NSEC stands for the others only where nothing but its signatures follows.
                continue;
            }

            var set = entry->Resolved;
            if (!_response->Require(cell, set, _chain.Offset, Dnssec && !isSignature, ref _response->Answers))
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
        else if (isWildcard)
        {
            ProveNoCloserMatch();
        }
    }

    private byte* AnswerFromWildcard()
    {
        var encloser = _name->CommonDepth;
        if (_name->Zone->HasWildcards)
        {
            var leaf = Wildcard.Find(_name, encloser, out var isEmptyNonTerminal);
            if (leaf != null)
            {
                return AnswerFrom(CellOf(leaf), isWildcard: true);
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
        if (_chain.Hops == 0)
        {
            _response->IsAuthoritative = false;
        }

        _response->CountAs(ResponseKind.Referral, _name->Zone, cut);
        var servers = NameCell.Find(cut, RecordType.NS);
        var owner = _chain.Offset + _name->StartAtDepth(depth);
        var records = _response->At;
        if (!CompressedNames.Require(_response, servers, prefix: 0, _chain.Offset, _name->Length, owner, ref _response->Authorities))
        {
            return;
        }

        if (Dnssec && _name->Zone->Denial != Denial.Unsigned)
        {
            // A DS that is not signed proves nothing, and is no part of a referral.
            var ds = NameCell.Find(cut, RecordType.DS);
            if (ds != null && NameCell.Signatures(cut, ds) != null)
            {
                _response->Require(cut, ds, owner, Dnssec, ref _response->Authorities);
            }
            else
            {
                BeginDenial();
                _denial.NoDelegationSigner(depth, cut);
            }
        }

        _denial.AppendTo(_response);
        _addresses.AppendForReferral(_name, servers, records, depth);
    }

    private void AppendSoa()
    {
        var zone = _name->Zone;
        _response->CountAs(ResponseKind.NoData, zone);
        _response->Require(&zone->NegativeSoa, _chain.ApexOffset, Dnssec);
    }

    private void ProveNoCloserMatch()
    {
        if (Dnssec)
        {
            BeginDenial();
            _denial.NoCloserMatch(_name->CommonDepth);
        }
    }

    private void BeginDenial() => _denial.Begin(_name, _chain.ApexOffset);

    private byte* CellOf(TrieNode* leaf) => Arena.At(_name->Zone->Chunks, leaf->Reference);
}
