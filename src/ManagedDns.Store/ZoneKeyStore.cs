using ManagedDns.Model;

namespace ManagedDns.Store;

/// <summary>The server's access to the keys of signed zones, by a connection of its own. Thread-safe.</summary>
public sealed class ZoneKeyStore(string folder) : IKeyStore, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManagedDnsStore _store = ManagedDnsStore.Open(folder, StoreMode.Open);

    public IReadOnlyList<ZoneKey> Load(long zoneId)
    {
        lock (_gate)
        {
            return _store.ZoneKeys.All(zoneId);
        }
    }

    public IReadOnlyList<ZoneKey> Save(long zoneId, IReadOnlyList<ZoneKey> keys)
    {
        lock (_gate)
        {
            return _store.ZoneKeys.Replace(zoneId, keys);
        }
    }

    public void Finish(long zoneId)
    {
        lock (_gate)
        {
            _store.ZoneSignings.Remove(zoneId);
        }
    }

    public void Dispose() => _store.Dispose();
}
