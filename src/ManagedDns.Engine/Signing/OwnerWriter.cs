using System.Buffers.Binary;
using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>What an owner is to the signer.</summary>
internal enum OwnerKind
{
    /// <summary>Below a zone cut or a DNAME: glue, or hidden. Neither signed nor denied.</summary>
    Occluded,

    /// <summary>A zone cut without DS: its NS are not signed.</summary>
    InsecureDelegation,

    /// <summary>A zone cut with DS.</summary>
    SecureDelegation,

    Authoritative,
}

/// <summary>
/// Writes what one owner of the received zone becomes in the signed one, its NSEC or NSEC3 apart: the received records without any DNSSEC records of others,
/// and at the apex our own.
/// </summary>
internal sealed unsafe class OwnerWriter
{
    private readonly SigningPlan _plan;
    private readonly SetWriter _sets;
    private readonly byte[] _soa;
    private readonly ImmutableArray<(RecordType Type, uint Ttl, byte[][] Rdatas)> _apexSets;

    public OwnerWriter(SigningPlan plan, SetWriter sets, ZoneContents received, uint serial)
    {
        _plan = plan;
        _sets = sets;
        var soa = received.Find(received.Apex, RecordType.SOA)[0];
        _soa = soa.Rdata.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(_soa.AsSpan(_soa.Length - SoaTimers.Size), serial);
        SoaTtl = soa.Ttl;
        DenialTtl = Math.Min(soa.Ttl, received.Soa.Minimum);
        _apexSets = ApexSets(received.Apex);
    }

    /// <summary>The TTL of NSEC and NSEC3 records (RFC 9077).</summary>
    public uint DenialTtl { get; }

    public uint SoaTtl { get; }

    /// <summary>The types of the owner written last, for its NSEC or NSEC3 record.</summary>
    public TypeList Types { get; } = new();

    public SetWriter Sets => _sets;

    /// <summary>Whether records of a type come from the signer alone.</summary>
    public static bool IsSigners(RecordType type) => type is RecordType.RRSIG or RecordType.NSEC or RecordType.NSEC3 or RecordType.NSEC3PARAM
        or RecordType.DNSKEY or RecordType.CDS or RecordType.CDNSKEY or RecordType.ZONEMD;

    public static OwnerKind KindOf(TrieNode* leaf, byte* cell)
    {
        var depth = 1;
        var name = NameCell.Name(cell);
        for (var i = 0; i < name.Length; i += name[i] + 1)
        {
            depth++;
        }

        return leaf->Barrier != 0 && leaf->Barrier < depth ? OwnerKind.Occluded
            : !leaf->IsCut ? OwnerKind.Authoritative
            : NameCell.Find(cell, RecordType.DS) != null ? OwnerKind.SecureDelegation : OwnerKind.InsecureDelegation;
    }

    /// <summary>Whether an owner of this kind stands in the chain of NSEC or NSEC3 records.</summary>
    public bool IsInChain(OwnerKind kind) => kind != OwnerKind.Occluded && !(kind == OwnerKind.InsecureDelegation && _plan.IsOptOut && _plan.IsNsec3);

    /// <param name="cell">In the received version.</param>
    /// <param name="before">The owner's cell in the signed version before; null where it has none.</param>
    public void Write(SigningBatch batch, ReadOnlySpan<byte> owner, byte* cell, OwnerKind kind, bool isApex, byte* before)
    {
        Types.Clear();
        batch.Begin(owner);
        var set = NameCell.FirstSet(cell);
        var isDelegation = kind is OwnerKind.SecureDelegation or OwnerKind.InsecureDelegation;
        for (var left = NameCell.SetCount(cell); left > 0; left--, set = set->Next)
        {
            var type = (RecordType)set->Type;
            if (IsSigners(type) && (isApex || type is not (RecordType.DNSKEY or RecordType.CDS or RecordType.CDNSKEY or RecordType.ZONEMD)))
            {
                continue;
            }

            if (isApex && type == RecordType.SOA)
            {
                _sets.Write(batch, owner, type, SoaTtl, [_soa], before);
                Types.Add(type);
                continue;
            }

            // At a zone cut only the DS is ours (RFC 4035 §2.2); the address of a name server there is glue.
            _sets.Write(batch, owner, set->Resolved, kind == OwnerKind.Authoritative || (isDelegation && type == RecordType.DS), before);
            if (!isDelegation || type is RecordType.NS or RecordType.DS)
            {
                Types.Add(type);
            }
        }

        if (isApex)
        {
            WriteApexSets(batch, owner, before);
        }

        if (kind is OwnerKind.Authoritative or OwnerKind.SecureDelegation && !Types.IsEmpty)
        {
            Types.Add(RecordType.RRSIG);
        }
    }

    /// <summary>Writes an NSEC record with <see cref="Types"/>.</summary>
    public static byte[] NsecRdata(ReadOnlySpan<byte> next, ReadOnlySpan<byte> bitmap) => [.. next, .. bitmap];

    private void WriteApexSets(SigningBatch batch, ReadOnlySpan<byte> owner, byte* before)
    {
        foreach (var (type, ttl, rdatas) in _apexSets)
        {
            _sets.Write(batch, owner, type, ttl, rdatas, before);
            Types.Add(type);
        }

        if (_plan.ZoneDigest is not null)
        {
            // The record itself comes when all else is there.
            Types.Add(RecordType.ZONEMD);
        }
    }

    private ImmutableArray<(RecordType Type, uint Ttl, byte[][] Rdatas)> ApexSets(DomainName apex)
    {
        var sets = ImmutableArray.CreateBuilder<(RecordType Type, uint Ttl, byte[][] Rdatas)>();
        sets.Add((RecordType.DNSKEY, _plan.KeyTtl, [.. _plan.DnsKeys.Select(key => key.Rdata.ToArray())]));
        if (_plan.IsNsec3)
        {
            // RFC 5155 §4 leaves the TTL open; 0 as others do: nobody but secondaries reads it.
            sets.Add((RecordType.NSEC3PARAM, 0, [Nsec3Names.Parameters]));
        }

        if (_plan.AskForDsRemoval)
        {
            sets.Add((RecordType.CDS, _plan.KeyTtl, [[0, 0, 0, 0, 0]]));
            sets.Add((RecordType.CDNSKEY, _plan.KeyTtl, [[0, 0, 3, 0, 0]]));
        }
        else if (!_plan.ParentKeys.IsEmpty)
        {
            sets.Add((RecordType.CDS, _plan.KeyTtl, [.. _plan.ParentKeys.SelectMany(key => _plan.CdsDigests.Select(digest => key.Ds(apex, digest)))]));
            sets.Add((RecordType.CDNSKEY, _plan.KeyTtl, [.. _plan.ParentKeys.Select(key => key.Rdata.ToArray())]));
        }

        return sets.DrainToImmutable();
    }
}
