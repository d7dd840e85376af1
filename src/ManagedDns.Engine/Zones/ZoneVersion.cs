using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>One version of a zone, shared by all that use it and counted: the last to let go gives its memory back.</summary>
internal sealed unsafe class ZoneVersion
{
    private readonly Lineage _lineage;
    private readonly MemoryGauge _gauge;
    private readonly long _headerBytes;
    private int _users = 1;

    /// <param name="names">The root of the names, the apex among them.</param>
    /// <param name="nsec3">The root of the NSEC3 owners; may be empty.</param>
    public ZoneVersion(Lineage lineage, MemoryGauge gauge, DomainName apex, TrieNode names, TrieNode nsec3, long records, long wildcards)
    {
        _lineage = lineage;
        _gauge = gauge;
        Apex = apex;
        RecordCount = records;
        WildcardCount = wildcards;
        Header = ZoneHeaderWriter.Write(lineage.Arena, apex, names, nsec3, wildcards > 0, out _headerBytes);
        gauge.Add(_headerBytes);
        var soa = NameCell.Find(Header->ApexCell, RecordType.SOA);
        Soa = SoaTimers.Read(new ReadOnlySpan<byte>(soa->Records, soa->Length));
    }

    public DomainName Apex { get; }

    public long RecordCount { get; }

    /// <summary>The number of names with a label <c>*</c>.</summary>
    public long WildcardCount { get; }

    public SoaTimers Soa { get; }

    public ZoneHeader* Header { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>The cells that this version or an earlier one uses and the next one does not.</summary>
    public IReadOnlyList<Cell> Retires { get; set; } = [];

    /// <summary>The cells that the version before does not use; null once nothing can go back to that.</summary>
    public Dictionary<uint, int>? Added { get; set; }

    /// <summary>The version before, while it is needed; the lineage's.</summary>
    public ZoneVersion? Older { get; set; }

    /// <summary>The version after; the lineage's.</summary>
    public ZoneVersion? Newer { get; set; }

    public Lineage Lineage => _lineage;

    public MemoryGauge Gauge => _gauge;

    /// <summary>False where the last user has gone: then the version's memory is given back, or is about to be.</summary>
    public bool TryAddUser()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _lineage.Died(this);
        }
    }

    public void MarkDead()
    {
        IsDead = true;
        NativeMemory.Free(Header);
        _gauge.Add(-_headerBytes);
        Header = null;
    }
}
