using System.Diagnostics.CodeAnalysis;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// The managed zones by id and by name. Thread-safe. Nothing that answers queries looks here, so that one lock will do; dictionaries made for many
/// threads would take twice the memory.
/// </summary>
internal sealed class ZoneRegister
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, SecondaryZone> _byId = [];
    private readonly Dictionary<DomainName, SecondaryZone> _byName = [];

    /// <summary>The zones as they are now.</summary>
    public IReadOnlyList<SecondaryZone> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _byId.Values];
            }
        }
    }

    /// <summary>Makes room for so many zones at once: what a dictionary leaves behind as it grows lies about for long.</summary>
    public void Reserve(int zones)
    {
        lock (_lock)
        {
            _byId.EnsureCapacity(zones);
            _byName.EnsureCapacity(zones);
        }
    }

    public bool TryGet(long id, [NotNullWhen(true)] out SecondaryZone? zone)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(id, out zone);
        }
    }

    public bool TryGet(DomainName name, [NotNullWhen(true)] out SecondaryZone? zone)
    {
        lock (_lock)
        {
            return _byName.TryGetValue(name, out zone);
        }
    }

    public void Add(SecondaryZone zone)
    {
        lock (_lock)
        {
            _byId[zone.Id] = zone;
            _byName[zone.Name] = zone;
        }
    }

    public void Remove(SecondaryZone zone)
    {
        lock (_lock)
        {
            _byId.Remove(zone.Id);
            if (_byName.TryGetValue(zone.Name, out var named) && ReferenceEquals(named, zone))
            {
                _byName.Remove(zone.Name);
            }
        }
    }
}
