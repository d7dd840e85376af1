using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates.Checks;

/// <summary>One owner's records.</summary>
internal sealed record OwnerRecords(DomainName Owner, List<ResourceRecord> Records)
{
    /// <summary>
    /// The RRsets by ascending type; RRSIG records are apart by what they cover, which is how RFC 4034 §6.3 orders them too.
    /// </summary>
    public IEnumerable<IGrouping<(RecordType Type, RecordType Covered), ResourceRecord>> Sets =>
        Records.GroupBy(record => (record.Type, Covered: Covered(record))).OrderBy(set => set.Key.Type).ThenBy(set => set.Key.Covered);

    /// <summary>What an RRSIG record covers; for others type 0.</summary>
    public static RecordType Covered(ResourceRecord record) => record.Type == RecordType.RRSIG && record.Rdata.Length >= 2
        ? (RecordType)BinaryPrimitives.ReadUInt16BigEndian(record.Rdata.Span)
        : 0;

    public static CanonicalRrset Canonical(IEnumerable<ResourceRecord> set)
    {
        var canonical = new CanonicalRrset();
        foreach (var record in set)
        {
            if (canonical.Count == 0)
            {
                canonical.Begin(record.Owner.Wire, record.Type, record.Ttl);
            }

            canonical.Add(record.Rdata.Span);
        }

        return canonical;
    }
}

/// <summary>A version owner by owner in canonical order (RFC 4034 §6.1), the owners of NSEC3 records among the others.</summary>
internal static class CanonicalOwners
{
    public static IEnumerable<OwnerRecords> Of(ZoneContents zone)
    {
        using var names = Walk(zone, nsec3: false).GetEnumerator();
        using var hashes = Walk(zone, nsec3: true).GetEnumerator();
        var (hasName, hasHash) = (names.MoveNext(), hashes.MoveNext());
        while (hasName || hasHash)
        {
            var order = !hasHash ? -1 : !hasName ? 1 : names.Current.Owner.CompareTo(hashes.Current.Owner);
            yield return order switch
            {
                < 0 => names.Current,
                > 0 => hashes.Current,
                _ => new(names.Current.Owner, [.. names.Current.Records, .. hashes.Current.Records]),
            };
            hasName = order <= 0 ? names.MoveNext() : hasName;
            hasHash = order >= 0 ? hashes.MoveNext() : hasHash;
        }
    }

    private static IEnumerable<OwnerRecords> Walk(ZoneContents zone, bool nsec3)
    {
        using var walk = zone.Walk();
        OwnerRecords? owner = null;
        while (walk.MoveNext())
        {
            if (IsNsec3(walk.Current) != nsec3)
            {
                continue;
            }

            if (owner is null || !WireName.Equals(walk.CurrentOwner, owner.Owner.Wire))
            {
                if (owner is not null)
                {
                    yield return owner;
                }

                owner = new(DomainName.FromWire(walk.CurrentOwner), []);
            }

            owner.Records.Add(ResourceRecord.From(walk.Current));
        }

        if (owner is not null)
        {
            yield return owner;
        }
    }

    private static bool IsNsec3(in WireRecord record) => record.Type == RecordType.NSEC3
        || (record.Type == RecordType.RRSIG && record.Rdata.Length >= 2
            && BinaryPrimitives.ReadUInt16BigEndian(record.Rdata) == (ushort)RecordType.NSEC3);
}
