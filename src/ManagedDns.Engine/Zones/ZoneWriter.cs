using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Zones;

/// <summary>Routes records to the trie they belong to and makes a version of the result: what building and updating a zone have in common.</summary>
internal sealed unsafe class ZoneWriter : IDisposable
{
    /// <summary>What a message has room for behind its header. A longer record could neither be kept nor passed on.</summary>
    private const int MaxRecordLength = ushort.MaxValue - MessageHeader.Length;

    private readonly DomainName _apex;
    private readonly Arena _arena;
    private readonly TrieWriter _trie;
    private readonly NameEdit _names;
    private readonly NameEdit _nsec3;
    private readonly byte[] _owner = new byte[DomainName.MaxWireLength];
    private int _ownerLength;

    /// <param name="from">The version to grow out of; null for a zone from nothing.</param>
    public ZoneWriter(DomainName apex, Arena arena, ZoneVersion? from)
    {
        _apex = apex;
        _arena = arena;
        _trie = new TrieWriter(arena, from is null ? null : []);
        _names = new NameEdit(arena, _trie, from is null ? default : from.Header->Names, keepBarriers: from is not null, from is null ? new SharedSets(arena) : null);
        _nsec3 = new NameEdit(arena, _trie, from is null ? default : from.Header->Nsec3, keepBarriers: false);
    }

    public TrieWriter Trie => _trie;

    public void Add(in WireRecord record)
    {
        Records(record).Records.Add(record.Type, record.Ttl, record.Rdata);
    }

    /// <summary>False where the record was there already; its TTL is the new one then.</summary>
    public bool AddOrRenew(in WireRecord record)
    {
        var records = Records(record).Records;
        var renewed = records.Delete(record.Type, record.Rdata);
        records.Add(record.Type, record.Ttl, record.Rdata);
        return !renewed;
    }

    public bool Delete(in WireRecord record) => Records(record).Records.Delete(record.Type, record.Rdata);

    /// <exception cref="DnsFailureException">The apex has no SOA, or more than one.</exception>
    public ZoneVersion Build(Lineage lineage, MemoryGauge gauge, ZoneVersion? from)
    {
        _names.End();
        _nsec3.End();
        CheckSoa();
        if (from is null)
        {
            _names.SpreadBarriers();
            _arena.Trim();
        }

        var records = (from?.RecordCount ?? 0) + _names.RecordsAdded + _nsec3.RecordsAdded;
        var wildcards = (from?.WildcardCount ?? 0) + _names.WildcardsAdded;
        return new ZoneVersion(lineage, gauge, _apex, _names.Root, _nsec3.Root, records, wildcards) { Added = _trie.Fresh };
    }

    public void Dispose()
    {
        _names.Dispose();
        _nsec3.Dispose();
    }

    private NameEdit Records(in WireRecord record)
    {
        if (record.Owner.Length != _ownerLength || !record.Owner.SequenceEqual(_owner.AsSpan(0, _ownerLength)))
        {
            ChangeOwner(record);
        }

        if (record.Class != RecordClass.IN)
        {
            throw Failed(FailureReason.RejectedContent, $"A record of class {(int)record.Class} is in the zone '{_apex.ToDisplayString()}'.",
                "Only zones of class IN can be served: remove the record on the primary.");
        }

        if (record.Owner.Length + RecordSet.RecordHeader - 2 + record.Rdata.Length > MaxRecordLength)
        {
            throw Failed(FailureReason.RejectedContent,
                $"The {record.Type} record of '{DomainName.FromWire(record.Owner)}' has {record.Rdata.Length} octets of data: "
                + "with its owner written out it fits in no DNS message.",
                "Shorten the record on the primary.");
        }

        var edit = IsNsec3(record) ? _nsec3 : _names;
        if (!edit.IsOpen)
        {
            edit.Begin(_owner.AsSpan(0, _ownerLength - _apex.Wire.Length));
        }

        return edit;
    }

    private void ChangeOwner(in WireRecord record)
    {
        if (!WireName.IsSubdomainOf(record.Owner, _apex.Wire))
        {
            throw Failed(FailureReason.OutOfZone, $"The name '{DomainName.FromWire(record.Owner)}' lies outside the zone '{_apex.ToDisplayString()}'.",
                "Remove the record on the primary: a zone holds only names at and below its apex.");
        }

        _names.End();
        _nsec3.End();
        record.Owner.CopyTo(_owner);
        _ownerLength = record.Owner.Length;
    }

    /// <summary>Whether a record belongs to the owners of NSEC3 records, which are no names of the zone.</summary>
    public static bool IsNsec3(in WireRecord record) =>
        record.Type == RecordType.NSEC3
        || (record.Type == RecordType.RRSIG && record.Rdata.Length >= 2 && (record.Rdata[0] << 8 | record.Rdata[1]) == (int)RecordType.NSEC3);

    private void CheckSoa()
    {
        var root = _names.Root;
        var key = stackalloc byte[1];
        var leaf = Zones.Trie.Find(_arena.Chunks, &root, [], key, 0);
        var soa = leaf == null ? null : NameCell.Find(_arena.At(leaf->Reference), RecordType.SOA);
        if (soa == null || RecordSet.RdataLength(soa->Records) < 2 + SoaTimers.Size)
        {
            throw Failed(FailureReason.MissingSoa, $"The zone '{_apex.ToDisplayString()}' has no SOA record at its apex.", "Give the zone one SOA record.");
        }

        if (soa->Count != 1)
        {
            throw Failed(FailureReason.RejectedContent, $"The zone '{_apex.ToDisplayString()}' has {soa->Count} SOA records at its apex.",
                "Give the zone one SOA record.");
        }
    }

    private static DnsFailureException Failed(FailureReason reason, string message, string remedy) => new(new Failure(reason, null, message, remedy));
}
