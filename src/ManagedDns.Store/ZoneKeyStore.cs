using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Store;

/// <summary>The server's access to the keys of signed zones, by a connection of its own. Thread-safe.</summary>
public sealed class ZoneKeyStore(string folder) : IKeyStore, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManagedDnsStore _store = ManagedDnsStore.Open(folder, StoreMode.Open);

    /// <exception cref="DnsFailureException">KeyUnavailable: they cannot be opened.</exception>
    public IReadOnlyList<ZoneKey> Load(long zoneId)
    {
        lock (_gate)
        {
            try
            {
                return _store.ZoneKeys.All(zoneId);
            }
            catch (StoreException e) when (e.Error is StoreError.KeyMissing or StoreError.KeyMismatch or StoreError.NoAccess)
            {
                throw new DnsFailureException(
                    new(FailureReason.KeyUnavailable, null, $"The keys that sign the zone cannot be opened. {e.Message}",
                        "Put store.key back from a backup of the store. Without one: Disable-ZoneSigning, have the DS removed at the registrar, "
                        + "and when Get-ZoneSigning says Unsigned, Enable-ZoneSigning. Until then the version signed before is served, and its "
                        + "signatures are not renewed."),
                    e);
            }
        }
    }

    public IReadOnlyList<ZoneKey> LoadPublic(long zoneId)
    {
        lock (_gate)
        {
            return _store.ZoneKeys.Public(zoneId);
        }
    }

    public IReadOnlyList<ZoneKey> Save(long zoneId, IReadOnlyList<ZoneKey> known, IReadOnlyList<ZoneKey> keys)
    {
        lock (_gate)
        {
            return _store.ZoneKeys.Replace(zoneId, known, keys);
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
