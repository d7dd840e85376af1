using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Refresh;

/// <summary>The managed zones by id and by name. Thread-safe; one writer at a time.</summary>
internal sealed class ZoneRegister
{
    private readonly ConcurrentDictionary<long, SecondaryZone> _byId = new();
    private readonly ConcurrentDictionary<DomainName, SecondaryZone> _byName = new();

    public IEnumerable<SecondaryZone> All => _byId.Select(pair => pair.Value);

    public bool TryGet(long id, [NotNullWhen(true)] out SecondaryZone? zone) => _byId.TryGetValue(id, out zone);

    public bool TryGet(DomainName name, [NotNullWhen(true)] out SecondaryZone? zone) => _byName.TryGetValue(name, out zone);

    public void Add(SecondaryZone zone)
    {
        _byId[zone.Id] = zone;
        _byName[zone.Name] = zone;
    }

    public void Remove(SecondaryZone zone)
    {
        _byId.TryRemove(zone.Id, out _);
        _byName.TryRemove(new(zone.Name, zone));
    }
}
