using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Makes a new version out of one by deleting and adding records; all that does not change is shared. Costs follow the size of the change, not of the zone,
/// unless another version has already grown out of the same one: then everything is copied. Not thread-safe. Dispose it in any case.
/// </summary>
public sealed unsafe class ZoneUpdate : IDisposable
{
    private readonly ZoneContents _held;
    private readonly ZoneVersion? _from;
    private readonly Lineage _lineage;
    private readonly Arena _arena;
    private readonly ZoneWriter _writer;
    private bool _built;
    private bool _disposed;

    public ZoneUpdate(ZoneContents from)
    {
        ArgumentNullException.ThrowIfNull(from);
        _held = from.Share();
        var version = _held.Version;
        if (version.Lineage.TryBeginWrite(version))
        {
            _from = version;
            _lineage = version.Lineage;
            _arena = _lineage.Arena;
            _writer = new ZoneWriter(version.Apex, _arena, version);
            return;
        }

        _arena = new Arena(version.Gauge);
        _lineage = new Lineage(_arena);
        _writer = new ZoneWriter(version.Apex, _arena, null);
        using var walk = from.Walk();
        while (walk.MoveNext())
        {
            _writer.Add(walk.Current);
        }
    }

    /// <summary>Takes a record out, found by owner, type and RDATA whatever its TTL.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="DnsFailureException">OutOfZone: the owner is not at or below the apex.</exception>
    public bool Delete(in WireRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed || _built, this);
        return _writer.Delete(record);
    }

    /// <returns>Whether it was new. If not, it has the new TTL now.</returns>
    /// <exception cref="DnsFailureException">OutOfZone, RejectedContent: as <see cref="ZoneBuilder.Add"/>.</exception>
    public bool Add(in WireRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed || _built, this);
        return _writer.AddOrRenew(record);
    }

    /// <summary>The new version, held for the caller.</summary>
    /// <exception cref="DnsFailureException">MissingSoa, RejectedContent: as <see cref="ZoneBuilder.Build"/>.</exception>
    public ZoneContents Build()
    {
        ObjectDisposedException.ThrowIf(_disposed || _built, this);
        var version = _writer.Build(_lineage, _held.Version.Gauge, _from);
        _built = true;
        _lineage.EndWrite(version, _writer.Trie.Retired);
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
        if (!_built && _from is null)
        {
            _arena.Dispose();
        }
        else if (!_built)
        {
            foreach (var (reference, bytes) in _writer.Trie.Fresh!)
            {
                _arena.Free(reference, bytes);
            }

            _lineage.EndWrite(null, []);
        }

        _held.Dispose();
    }
}
