using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates.Checks;

/// <summary>Looks at the signatures of a zone that comes signed.</summary>
internal static class SignatureChecks
{
    /// <summary>Whether they last as long as the zone may have to be served without its primary.</summary>
    public static string? CheckLifetime(ZoneContents zone, DateTimeOffset now)
    {
        if (!IsSigned(zone))
        {
            return null;
        }

        var earliest = DateTimeOffset.MaxValue;
        DomainName? owner = null;
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            var record = walk.Current;
            if (record.Type == RecordType.RRSIG && Rrsig.TryRead(record.Rdata, out var signature) && Rrsig.Time(signature.Expiration, now) < earliest)
            {
                earliest = Rrsig.Time(signature.Expiration, now);
                owner = DomainName.FromWire(walk.CurrentOwner);
            }
        }

        var until = now + TimeSpan.FromSeconds(zone.Soa.Expire);
        if (owner is null || earliest >= until)
        {
            return null;
        }

        return earliest < now
            ? $"A signature of {owner} has ended at {earliest:u}."
            : $"A signature of {owner} ends at {earliest:u}, before SOA EXPIRE would: served to the end, the zone could not be validated from then on.";
    }

    /// <summary>Whether everything that must be signed is, by the zone's own keys (RFC 4035 §2.2).</summary>
    public static string? CheckValidity(ZoneContents zone, DateTimeOffset now)
    {
        if (!IsSigned(zone))
        {
            return null;
        }

        var keys = zone.Find(zone.Apex, RecordType.DNSKEY).Select(record => DnsKey.TryRead(record.Rdata.Span)).OfType<DnsKey>();
        using var verifier = new RrsetVerifier(zone.Apex, keys);
        DomainName? cut = null;
        foreach (var owner in CanonicalOwners.Of(zone))
        {
            if (cut is not null && owner.Owner.IsSubdomainOf(cut))
            {
                // Glue and what else lies below a cut is not this zone's to sign.
                continue;
            }

            cut = owner.Owner != zone.Apex && owner.Records.Any(record => record.Type == RecordType.NS) ? owner.Owner : null;
            if (CheckOwner(owner, cut is not null, verifier, now) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    private static string? CheckOwner(OwnerRecords owner, bool isCut, RrsetVerifier verifier, DateTimeOffset now)
    {
        foreach (var set in owner.Records.Where(record => record.Type != RecordType.RRSIG).GroupBy(record => record.Type))
        {
            if (isCut && set.Key is not (RecordType.DS or RecordType.NSEC or RecordType.NSEC3))
            {
                continue;
            }

            var canonical = OwnerRecords.Canonical(set);
            var verdicts = owner.Records.Where(record => OwnerRecords.Covered(record) == set.Key)
                .Select(record => verifier.Verify(canonical, record.Rdata.Span, now)).ToList();
            if (!verdicts.Contains(SignatureVerdict.Valid))
            {
                var why = verdicts.Count == 0 ? "has no signature" : $"has no valid signature ({string.Join(", ", verdicts.Distinct())})";
                return $"The RRset {owner.Owner} {set.Key} {why}, although the zone is signed.";
            }
        }

        return null;
    }

    private static bool IsSigned(ZoneContents zone) => zone.TypesOf(zone.Apex).Any(types => types.Type == RecordType.DNSKEY);
}
