using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// One immutable version of a zone, held by one user: dispose it when done; the version lives on while others hold it.
/// The records lie in native memory, so that the garbage collector never looks at them. Thread-safe.
/// </summary>
public sealed unsafe class ZoneContents : IDisposable
{
    private ZoneVersion? _version;

    internal ZoneContents(ZoneVersion version) => _version = version;

    ~ZoneContents() => Release();

    public DomainName Apex => Version.Apex;

    public uint Serial => Version.Soa.Serial;

    public SoaTimers Soa => Version.Soa;

    /// <summary>All records; the SOA counts once.</summary>
    public long RecordCount => Version.RecordCount;

    /// <summary>The native octets of the records and their index, shared with other versions of the same zone.</summary>
    public long MemoryUsed => Version.Lineage.Arena.BytesInUse;

    internal ZoneVersion Version => _version ?? throw new ObjectDisposedException(nameof(ZoneContents));

    /// <summary>Another hold on the same version, to be disposed on its own.</summary>
    public ZoneContents Share()
    {
        var version = Version;
        ObjectDisposedException.ThrowIf(!version.TryAddUser(), this);
        return new ZoneContents(version);
    }

    /// <summary>All records in canonical order of their owners, the SOA first; NSEC3 records and their signatures come last.</summary>
    public ZoneWalk Walk() => new(Share());

    /// <summary>The records of one RRset, for checks and tools; empty where there is none. Not for signatures, which stand with what they cover.</summary>
    public IReadOnlyList<ResourceRecord> Find(DomainName owner, RecordType type)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var cell = CellOf(owner.Wire, isNsec3: type == RecordType.NSEC3);
        var set = cell == null ? null : NameCell.Find(cell, type);
        var records = new List<ResourceRecord>();
        if (set != null)
        {
            for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
            {
                records.Add(ResourceRecord.From(ZoneWalk.Read(record, owner.Wire)));
            }
        }

        GC.KeepAlive(this);
        return records;
    }

    /// <summary>The types of an owner's RRsets with the number of their records, for checks; NSEC3 owners are not among the owners.</summary>
    public IReadOnlyList<(RecordType Type, int Count)> TypesOf(DomainName owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var types = new List<(RecordType Type, int Count)>();
        var cell = CellOf(owner.Wire, isNsec3: false);
        if (cell != null)
        {
            var set = NameCell.FirstSet(cell);
            for (var left = NameCell.SetCount(cell); left > 0; left--, set = set->Next)
            {
                types.Add(((RecordType)set->Type, set->Resolved->Count));
            }
        }

        GC.KeepAlive(this);
        return types;
    }

    /// <summary>Whether an owner, in wire form and any case, has an address. Makes no objects.</summary>
    internal bool HasAddress(ReadOnlySpan<byte> owner)
    {
        var cell = CellOf(owner, isNsec3: false);
        var has = cell != null && (NameCell.Find(cell, RecordType.A) != null || NameCell.Find(cell, RecordType.AAAA) != null);
        GC.KeepAlive(this);
        return has;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private byte* CellOf(ReadOnlySpan<byte> owner, bool isNsec3)
    {
        if (!WireName.IsSubdomainOf(owner, Apex.Wire))
        {
            return null;
        }

        var header = Version.Header;
        var name = owner[..^header->ApexLength];
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(name, key);
        var leaf = Trie.Nearest(header->Chunks, isNsec3 ? &header->Nsec3 : &header->Names, key, length);
        if (leaf == null)
        {
            return null;
        }

        var cell = Arena.At(header->Chunks, leaf->Reference);
        return WireName.Equals(NameCell.Name(cell), name) ? cell : null;
    }

    private void Release() => Interlocked.Exchange(ref _version, null)?.RemoveUser();
}
