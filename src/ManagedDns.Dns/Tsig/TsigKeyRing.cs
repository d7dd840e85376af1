namespace ManagedDns.Dns.Tsig;

/// <summary>The keys that a server knows, by name; those that are taking another's place too. Immutable: replaced whole when the settings change.</summary>
public sealed class TsigKeyRing
{
    public static readonly TsigKeyRing Empty = new([]);

    private readonly Dictionary<DomainName, TsigKey[]> _keys;

    /// <exception cref="ArgumentException">Two keys have the same name, and neither is the other's successor.</exception>
    public TsigKeyRing(IEnumerable<TsigKey> keys)
    {
        _keys = keys.SelectMany(key => key.Successor is { } successor && successor.Name != key.Name
            ? [(key.Name, Keys: [key]), (successor.Name, Keys: [successor])]
            : new[] { (key.Name, Keys: key.Successor is { } other ? [other, key] : new[] { key }) })
            .ToDictionary(pair => pair.Name, pair => pair.Keys);
    }

    /// <summary>The keys of that name: none, one, or two while one takes the other's place.</summary>
    public ReadOnlySpan<TsigKey> Find(ReadOnlySpan<byte> name) => _keys.GetValueOrDefault(DomainName.FromWire(name));
}
