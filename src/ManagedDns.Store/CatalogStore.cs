using ManagedDns.Model;

namespace ManagedDns.Store;

/// <summary>The server's way to let catalogs change the settings, by a connection of its own. Thread-safe.</summary>
/// <param name="failed">Told when the settings cannot be written; the catalog's next version, or the next start, tries again.</param>
public sealed class CatalogStore(string folder, Action<StoreException> failed) : ICatalogSink, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManagedDnsStore _store = ManagedDnsStore.Open(folder, StoreMode.Open);

    public void Take(CatalogVersion version)
    {
        lock (_gate)
        {
            try
            {
                _store.CatalogMembers.Apply(version);
            }
            catch (StoreException e)
            {
                failed(e);
            }
        }
    }

    public void Dispose() => _store.Dispose();
}
