using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Keys in memory, that outlive a server.</summary>
internal sealed class MemoryKeyStore : IKeyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, IReadOnlyList<ZoneKey>> _keys = [];
    private long _lastId;

    public IReadOnlyList<ZoneKey> Load(long zoneId)
    {
        lock (_gate)
        {
            return _keys.GetValueOrDefault(zoneId, []);
        }
    }

    public IReadOnlyList<ZoneKey> Save(long zoneId, IReadOnlyList<ZoneKey> keys)
    {
        lock (_gate)
        {
            return _keys[zoneId] = [.. keys.Select(key => key.Id == 0 ? key with { Id = ++_lastId } : key)];
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
