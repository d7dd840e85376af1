using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>When signatures of a version end. All of them count: what is overlooked ends unseen.</summary>
/// <param name="Due">The owners of those that end before a time.</param>
/// <param name="Earliest">When the first signature of all ends; null where there is none.</param>
internal sealed record SignatureTimes(ChangedOwners Due, DateTimeOffset? Earliest)
{
    /// <summary>Reads the whole version: about a tenth of a second for a million records.</summary>
    public static SignatureTimes EndingBefore(ZoneContents zone, DateTimeOffset time)
    {
        var limit = Rrsig.Seconds(time);
        var (owners, nsec3) = (new HashSet<DomainName>(), new HashSet<DomainName>());
        uint? earliest = null;
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            if (walk.Current.Type != RecordType.RRSIG || !Rrsig.TryRead(walk.Current.Rdata, out var signature))
            {
                continue;
            }

            if (earliest is not { } first || unchecked((int)(signature.Expiration - first)) < 0)
            {
                earliest = signature.Expiration;
            }

            if (unchecked((int)(signature.Expiration - limit)) <= 0)
            {
                (signature.Covered == RecordType.NSEC3 ? nsec3 : owners).Add(DomainName.FromWire(walk.CurrentOwner));
            }
        }

        return new(new(owners, nsec3), earliest is { } end ? Rrsig.Time(end, time) : null);
    }
}
