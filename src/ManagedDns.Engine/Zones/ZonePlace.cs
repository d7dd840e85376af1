using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Where an owner stands in the order of a <see cref="ZoneWalk"/>: the names of a zone in canonical order, then the owners of NSEC3 records.
/// </summary>
internal readonly struct ZonePlace : IComparable<ZonePlace>
{
    private readonly byte[] _key;

    private ZonePlace(bool isNsec3, byte[] key)
    {
        IsNsec3 = isNsec3;
        _key = key;
    }

    public bool IsNsec3 { get; }

    /// <summary>The owner's <see cref="TrieKey"/>.</summary>
    public ReadOnlySpan<byte> Key => _key;

    public bool IsApex => !IsNsec3 && _key.Length == 0;

    /// <summary>The place of the owner of a record in a zone, wherever the case of their names differs.</summary>
    public static unsafe ZonePlace Of(in WireRecord record, DomainName apex)
    {
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(record.Owner[..^apex.Wire.Length], key);
        return new(ZoneWriter.IsNsec3(record), new ReadOnlySpan<byte>(key, length).ToArray());
    }

    public int CompareTo(ZonePlace other) => IsNsec3 != other.IsNsec3 ? (IsNsec3 ? 1 : -1) : Key.SequenceCompareTo(other.Key);
}
