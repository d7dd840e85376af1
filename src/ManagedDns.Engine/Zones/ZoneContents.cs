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
        version.AddUser();
        return new ZoneContents(version);
    }

    /// <summary>All records in canonical order of their owners, the SOA first; NSEC3 records and their signatures come last.</summary>
    public ZoneWalk Walk() => new(Share());

    /// <summary>The records of one RRset, for checks and tools; empty where there is none. Signatures are asked for by the type they cover.</summary>
    public IReadOnlyList<ResourceRecord> Find(DomainName owner, RecordType type)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (!owner.IsSubdomainOf(Apex))
        {
            return [];
        }

        var header = Version.Header;
        var name = owner.Wire[..^header->ApexLength];
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(name, key);
        var leaf = Trie.Nearest(header->Chunks, type == RecordType.NSEC3 ? &header->Nsec3 : &header->Names, key, length);
        if (leaf == null || !WireName.Equals(NameCell.Name(Arena.At(header->Chunks, leaf->Reference)), name))
        {
            return [];
        }

        var set = NameCell.Find(Arena.At(header->Chunks, leaf->Reference), type);
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

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release() => Interlocked.Exchange(ref _version, null)?.RemoveUser();
}
