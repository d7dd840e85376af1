namespace ManagedDns.Dns.Tsig;

/// <summary>The keys that a server knows, by name. Immutable: replaced whole when the settings change.</summary>
public sealed class TsigKeyRing
{
    public static readonly TsigKeyRing Empty = new([]);

    private readonly Dictionary<DomainName, TsigKey> _keys;

    /// <exception cref="ArgumentException">Two keys have the same name.</exception>
    public TsigKeyRing(IEnumerable<TsigKey> keys) => _keys = keys.ToDictionary(key => key.Name);

    public TsigKey? Find(ReadOnlySpan<byte> name) => _keys.GetValueOrDefault(DomainName.FromWire(name));
}
