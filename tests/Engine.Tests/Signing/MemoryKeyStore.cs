using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Keys in memory, that outlive a server.</summary>
internal sealed class MemoryKeyStore : IKeyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, IReadOnlyList<ZoneKey>> _keys = [];
    private long _lastId;

    /// <summary>Why no key can be had; null: they can.</summary>
    public Failure? Fault { get; set; }

    public IReadOnlyList<ZoneKey> Load(long zoneId)
    {
        lock (_gate)
        {
            return Fault is null ? _keys.GetValueOrDefault(zoneId, []) : throw new DnsFailureException(Fault);
        }
    }

    public IReadOnlyList<ZoneKey> LoadPublic(long zoneId)
    {
        lock (_gate)
        {
            return [.. _keys.GetValueOrDefault(zoneId, []).Select(key => key with { Pkcs8 = default })];
        }
    }

    public IReadOnlyList<ZoneKey> Save(long zoneId, IReadOnlyList<ZoneKey> known, IReadOnlyList<ZoneKey> keys)
    {
        lock (_gate)
        {
            var others = _keys.GetValueOrDefault(zoneId, []).Where(key => known.All(old => old.Id != key.Id));
            IReadOnlyList<ZoneKey> saved = [.. keys.Select(key => key.Id == 0 ? key with { Id = ++_lastId } : key)];
            _keys[zoneId] = [.. saved, .. others.Where(key => saved.All(one => one.Id != key.Id))];
            return saved;
        }
    }

    public void Finish(long zoneId)
    {
        lock (_gate)
        {
            _keys.Remove(zoneId);
        }
    }
}
