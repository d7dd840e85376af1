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
    private const int MaxProofs = ZoneAnswer.MaxChain + 4;

    /// <summary>
    /// Another chain's NSEC3 records that are passed over. Two chains lie mixed evenly; a zone whose own chain is missing must not cost a search
    /// through all.
    /// </summary>
    private const int MaxSteps = 1000;

    private const int Sha1 = 1;
    private const int SaltOffset = 5;

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
            var name = NameCell.NameAsGiven(proof.Cell);
            var signatures = NameCell.Signatures(proof.Cell, proof.Set);
            if (!response->AppendNamed(proof.Set, name, proof.Apex, ref response->Authorities)
                || (signatures != null && !response->AppendNamed(signatures, name, proof.Apex, ref response->Authorities)))
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

    /// <summary>The part of a name's key that is its ancestor's key.</summary>
    public static int KeyLengthAtDepth(NameLookup* name, int depth)
    {
        var length = 0;
        for (; depth > 0; depth--)
        {
            while (name->Key[length++] != TrieKey.Separator)
            {
            }
        }

        return length;
    }

    /// <summary>Writes the key of the wildcard below the ancestor at a depth.</summary>
    public static int WildcardKey(NameLookup* name, int encloser, byte* key)
    {
        var length = KeyLengthAtDepth(name, encloser);
        new ReadOnlySpan<byte>(name->Key, length).CopyTo(new Span<byte>(key, length));
        var label = stackalloc byte[] { 1, (byte)'*' };
        return length + TrieKey.WriteLabel(label, key + length);
    }

    private void GiveOwn(byte* cell)
    {
        var set = NameCell.Find(_zone->Chunks, cell, RecordType.NSEC);
        if (set != null)
        {
            Give(cell, set);
        }
    }

    /// <summary>The NSEC of the last name at or before the key that has one: names below a cut have none.</summary>
    private void GiveCovering(byte* key, int length)
    {
        var cursor = new TrieCursor(_zone->Chunks, _path);
        for (cursor.SeekAtOrBefore(&_zone->Names, key, length); cursor.Leaf != null; cursor.Previous())
        {
            var cell = Arena.At(_zone->Chunks, cursor.Leaf->Reference);
            var set = NameCell.Find(_zone->Chunks, cell, RecordType.NSEC);
            if (set != null)
            {
                Give(cell, set);
                return;
            }
        }
    }

    private void GiveCoveringWildcard(int encloser)
    {
        if (_zone->Denial == Denial.Nsec3)
        {
            GiveWildcardHash(encloser, covering: true);
            return;
        }

        var key = stackalloc byte[TrieKey.MaxLength];
        GiveCovering(key, WildcardKey(_name, encloser, key));
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

    private bool GiveMatching(int depth)
    {
        Span<byte> label = stackalloc byte[Nsec3Hash.LabelLength];
        Nsec3Hash.Write(_zone, Ancestor(depth), label);
        return GiveByHash(label, covering: false);
    }

    private void GiveCoveringHash(int depth)
    {
        Span<byte> label = stackalloc byte[Nsec3Hash.LabelLength];
        Nsec3Hash.Write(_zone, Ancestor(depth), label);
        GiveByHash(label, covering: true);
    }

    private void GiveWildcardHash(int encloser, bool covering)
    {
        Span<byte> label = stackalloc byte[Nsec3Hash.LabelLength];
        Span<byte> wildcard = stackalloc byte[DomainName.MaxWireLength + 2];
        var ancestor = Ancestor(encloser);
        wildcard[0] = 1;
        wildcard[1] = (byte)'*';
        ancestor.CopyTo(wildcard[2..]);
        Nsec3Hash.Write(_zone, wildcard[..(2 + ancestor.Length)], label);
        GiveByHash(label, covering);
    }

    private ReadOnlySpan<byte> Ancestor(int depth)
    {
        var start = _name->StartAtDepth(depth);
        return new ReadOnlySpan<byte>(_name->Name + start, _name->Length - start);
    }

    private bool GiveByHash(ReadOnlySpan<byte> label, bool covering)
    {
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(label, key);
        var cursor = new TrieCursor(_zone->Chunks, _path);
        var matches = cursor.SeekAtOrBefore(&_zone->Nsec3, key, length);
        if (!covering)
        {
            return matches && TryGive(cursor.Leaf);
        }

        for (var steps = 0; steps < MaxSteps; steps++, cursor.Previous())
        {
            if (cursor.Leaf == null)
            {
                // Before the first hash: the last one's span comes round (RFC 5155 §3.1.7).
                cursor.SeekLast(&_zone->Nsec3);
            }

            if (TryGive(cursor.Leaf))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives an NSEC3 if it is of the chain that NSEC3PARAM names: while a zone changes its salt it has two (RFC 5155 §10.4).</summary>
    private bool TryGive(TrieNode* leaf)
    {
        var cell = Arena.At(_zone->Chunks, leaf->Reference);
        var set = NameCell.Find(_zone->Chunks, cell, RecordType.NSEC3);
        if (set == null || !IsOfChain(new ReadOnlySpan<byte>(set->Records + RecordSet.RecordHeader, RecordSet.RdataLength(set->Records))))
        {
            return false;
        }

        Give(cell, set);
        return true;
    }

    private bool IsOfChain(ReadOnlySpan<byte> rdata) =>
        rdata.Length > SaltOffset + _zone->Nsec3SaltLength && rdata[0] == Sha1 && (rdata[2] << 8 | rdata[3]) == _zone->Nsec3Iterations
        && rdata[SaltOffset - 1] == _zone->Nsec3SaltLength
        && rdata.Slice(SaltOffset, _zone->Nsec3SaltLength).SequenceEqual(new ReadOnlySpan<byte>(_zone->Nsec3Salt, _zone->Nsec3SaltLength));

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
            _proofs[_count++] = new Proof { Cell = cell, Set = set, Apex = _apex };
        }
    }

    private struct Proof
    {
        public byte* Cell;
        public RecordSet* Set;
        public int Apex;
    }
}
