using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Builds a zone from all its records, in any order; fastest when the records of an owner come together. Records that come twice count once.
/// Not thread-safe. Dispose it in any case: what was not built is given back.
/// </summary>
public sealed class ZoneBuilder : IDisposable
{
    private readonly DomainName _apex;
    private readonly MemoryGauge _gauge;
    private readonly Arena _arena;
    private readonly ZoneWriter _writer;
    private bool _built;
    private bool _disposed;

    public ZoneBuilder(DomainName apex, MemoryGauge? gauge = null)
    {
        ArgumentNullException.ThrowIfNull(apex);
        _apex = apex;
        _gauge = gauge ?? MemoryGauge.Shared;
        _arena = new Arena(_gauge);
        _writer = new ZoneWriter(apex, _arena, null);
    }

    /// <summary>The native octets taken so far, for guards on size.</summary>
    public long MemoryUsed => _arena.BytesInUse;

    /// <exception cref="DnsFailureException">OutOfZone: the owner is not at or below the apex. RejectedContent: the class is not IN.</exception>
    public void Add(in WireRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed || _built, this);
        _writer.Add(record);
    }

    /// <summary>The zone with all records added, held for the caller.</summary>
    /// <exception cref="DnsFailureException">MissingSoa: the apex has no SOA. RejectedContent: it has more than one.</exception>
    public ZoneContents Build()
    {
        ObjectDisposedException.ThrowIf(_disposed || _built, this);
        var lineage = new Lineage(_arena);
        var version = _writer.Build(lineage, _gauge, null);
        _built = true;
        lineage.EndWrite(version, []);
        return new ZoneContents(version);
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _writer.Dispose();
        if (!_built)
        {
            _arena.Dispose();
        }
    }
}
