using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Gathers the NSEC (RFC 4035 §3.1.3) or NSEC3 (RFC 5155 §7.2) records that prove what an answer denies: those that are needed, each once.
/// They wait until the answer section is complete: a chain of aliases may still add to it. In an unsigned zone there are none.
/// </summary>
internal sealed unsafe class DenialProof : IDisposable
{
    /// <summary>One for each wildcard on the longest chain, and those of the name at its end.</summary>
    private const int MaxProofs = AliasChain.MaxHops + 4;

    private readonly TrieCursor.Level* _path = (TrieCursor.Level*)NativeMemory.Alloc(TrieCursor.MaxDepth, (nuint)sizeof(TrieCursor.Level));
    private readonly Proof[] _proofs = new Proof[MaxProofs];
    private int _count;
    private int _appended;
    private NameLookup* _name;
    private ZoneHeader* _zone;
    private int _apex;

    ~DenialProof() => NativeMemory.Free(_path);

    /// <summary>Begins a response.</summary>
    public void Clear() => _count = _appended = 0;

    /// <summary>Begins what is proved about one name.</summary>
    /// <param name="apex">Where the apex's name lies in the message.</param>
    public void Begin(NameLookup* name, int apex)
    {
        _name = name;
        _zone = name->Zone;
        _apex = apex;
    }

    /// <summary>Appends what was gathered since the last time to the authority section.</summary>
    public void AppendTo(Response* response)
    {
        for (; _appended < _count; _appended++)
        {
            var proof = _proofs[_appended];
            var labels = NameCell.NameAsGiven(proof.Cell)[..proof.Labels];
            var owner = labels.IsEmpty ? proof.Rest : response->Length;
            var signatures = NameCell.Signatures(proof.Cell, proof.Set);
            if (!response->AppendNamed(proof.Set, labels, proof.Rest, ref response->Authorities)
                || (signatures != null && !response->AppendOwnedBy(signatures, owner, labels.Length + 2, ref response->Authorities)))
            {
                response->IsOverfull = true;
            }
        }
    }

    /// <summary>The name exists, the type does not.</summary>
    public void NoData(byte* cell)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveOwn(cell);
        }
        else if (_zone->Denial == Denial.Nsec3 && !GiveMatching(_name->Depth))
        {
            // Below an opt-out span the name has no NSEC3 of its own (RFC 5155 §7.2.4).
            GiveClosestEncloser(_name->Depth - 1);
        }
    }

    /// <summary>The name has no records but names below it.</summary>
    public void NoDataAtEmptyNonTerminal()
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveCovering(_name->Key, _name->KeyLength);
        }
        else if (_zone->Denial == Denial.Nsec3 && !GiveMatching(_name->Depth))
        {
            GiveClosestEncloser(_name->Depth - 1);
        }
    }

    /// <summary>Neither the name exists nor a wildcard that covers it.</summary>
    public void NameError(int encloser)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveCovering(_name->Key, _name->KeyLength);
            GiveCoveringWildcard(encloser);
        }
        else if (_zone->Denial == Denial.Nsec3)
        {
            GiveCoveringWildcard(GiveClosestEncloser(encloser));
        }
    }

    /// <summary>The answer comes from a wildcard: nothing closer exists.</summary>
    public void NoCloserMatch(int encloser)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveCovering(_name->Key, _name->KeyLength);
        }
        else if (_zone->Denial == Denial.Nsec3)
        {
            GiveCoveringHash(encloser + 1);
        }
    }

    /// <summary>A wildcard covers the name, but has no such type.</summary>
    public void NoDataAtWildcard(int encloser, byte* wildcard)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveCovering(_name->Key, _name->KeyLength);
            GiveOwn(wildcard);
        }
        else if (_zone->Denial == Denial.Nsec3)
        {
            GiveClosestEncloser(encloser);
            GiveWildcardHash(encloser, covering: false);
        }
    }

    /// <summary>A wildcard covers the name, but is itself an empty non-terminal.</summary>
    public void NoDataAtEmptyWildcard(int encloser)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveCovering(_name->Key, _name->KeyLength);
            GiveCoveringWildcard(encloser);
        }
        else if (_zone->Denial == Denial.Nsec3)
        {
            GiveClosestEncloser(encloser);
            GiveWildcardHash(encloser, covering: false);
        }
    }

    /// <summary>A referral to a zone that has no DS here.</summary>
    public void NoDelegationSigner(int depth, byte* cut)
    {
        if (_zone->Denial == Denial.Nsec)
        {
            GiveOwn(cut);
        }
        else if (_zone->Denial == Denial.Nsec3 && !GiveMatching(depth))
        {
            GiveClosestEncloser(depth - 1);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_path);
        GC.SuppressFinalize(this);
    }

    private void GiveOwn(byte* cell) => Give(cell, NameCell.Find(cell, RecordType.NSEC));

    private void GiveCovering(byte* key, int length)
    {
        var cell = NsecSearch.FindCovering(_zone, _path, key, length, out var set);
        Give(cell, set);
    }

    private void GiveCoveringWildcard(int encloser)
    {
        if (_zone->Denial == Denial.Nsec3)
        {
            GiveWildcardHash(encloser, covering: true);
            return;
        }

        var key = stackalloc byte[TrieKey.MaxLength];
        GiveCovering(key, Wildcard.WriteKey(_name, encloser, key));
    }

    /// <summary>The NSEC3 that matches the closest ancestor that has one, and the one that covers the next closer name.</summary>
    /// <returns>The depth of that ancestor.</returns>
    private int GiveClosestEncloser(int depth)
    {
        while (depth > 0 && !GiveMatching(depth))
        {
            depth--;
        }

        if (depth <= 0)
        {
            depth = 0;
            GiveMatching(0);
        }

        // The apex itself has no next closer name: in a sound zone it has its own NSEC3.
        if (depth < _name->Depth)
        {
            GiveCoveringHash(depth + 1);
        }

        return depth;
    }

    private bool GiveMatching(int depth) => GiveByHash(Ancestor(depth), covering: false);

    private void GiveCoveringHash(int depth) => GiveByHash(Ancestor(depth), covering: true);

    private void GiveWildcardHash(int encloser, bool covering)
    {
        Span<byte> wildcard = stackalloc byte[DomainName.MaxWireLength + 2];
        var ancestor = Ancestor(encloser);
        wildcard[0] = 1;
        wildcard[1] = (byte)'*';
        ancestor.CopyTo(wildcard[2..]);
        GiveByHash(wildcard[..(2 + ancestor.Length)], covering);
    }

    private ReadOnlySpan<byte> Ancestor(int depth)
    {
        var start = _name->StartAtDepth(depth);
        return new ReadOnlySpan<byte>(_name->Name + start, _name->Length - start);
    }

    private bool GiveByHash(ReadOnlySpan<byte> name, bool covering)
    {
        var cell = Nsec3Search.Find(_zone, _path, name, covering, out var set);
        Give(cell, set);
        return cell != null;
    }

    private void Give(byte* cell, RecordSet* set)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_proofs[i].Cell == cell)
            {
                return;
            }
        }

        if (set != null && _count < MaxProofs)
        {
            // What the owner has in common with the name asked for lies in the message. A hash has nothing.
            var common = _zone->Denial == Denial.Nsec ? _name->CountCommonLabels(NameCell.Name(cell)) : 0;
            var offset = _name->StartAtDepth(0) - _name->StartAtDepth(common);
            _proofs[_count++] = new Proof { Cell = cell, Set = set, Labels = NameCell.NameLength(cell) - offset, Rest = _apex - offset };
        }
    }

    private struct Proof
    {
        public byte* Cell;
        public RecordSet* Set;

        /// <summary>The octets of the owner's labels that are written out.</summary>
        public int Labels;

        /// <summary>Where the rest of the owner lies in the message.</summary>
        public int Rest;
    }
}
