using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Checks every signature of a zone, and that all that must be signed is, by the plan's signers and by nobody else.</summary>
internal static class SignatureFaults
{
    public static List<string> In(ZoneContents zone, SigningPlan plan, DateTimeOffset now)
    {
        var faults = new List<string>();
        using var verifier = new RrsetVerifier(zone.Apex, plan.DnsKeys);
        foreach (var owner in Zones.ZoneFiles.Walk(zone).GroupBy(record => record.Owner))
        {
            var types = owner.Select(record => record.Type).ToHashSet();
            var isChained = types.Contains(RecordType.NSEC) || types.Contains(RecordType.NSEC3);
            var isCut = owner.Key != zone.Apex && types.Contains(RecordType.NS);
            var isHidden = zone.Apex != owner.Key && Above(owner.Key, zone.Apex).Any(name =>
                zone.Find(name, RecordType.DNAME).Count > 0 || (name != zone.Apex && zone.Find(name, RecordType.NS).Count > 0));
            foreach (var set in owner.Where(record => record.Type != RecordType.RRSIG).GroupBy(record => record.Type))
            {
                var signatures = owner.Where(record => record.Type == RecordType.RRSIG && (record.Rdata.Span[0] << 8 | record.Rdata.Span[1]) == (int)set.Key).ToList();
                var isSigned = !isHidden && (!isCut || set.Key is RecordType.DS or RecordType.NSEC);
                var signers = set.Key switch
                {
                    RecordType.DNSKEY => plan.KeySigners.Length,
                    RecordType.CDS or RecordType.CDNSKEY => plan.ParentSigners.Count(),
                    _ => plan.ZoneSigners.Length,
                };
                if (signatures.Count != (isSigned ? signers : 0))
                {
                    faults.Add($"{owner.Key} {set.Key} has {signatures.Count} signatures");
                }

                var records = new CanonicalRrset();
                records.Begin(owner.Key.Wire, set.Key, set.First().Ttl);
                foreach (var record in set)
                {
                    records.Add(record.Rdata.Span);
                }

                faults.AddRange(signatures.Select(signature => verifier.Verify(records, signature.Rdata.Span, now)).Where(verdict => verdict != SignatureVerdict.Valid)
                    .Select(verdict => $"{owner.Key} {set.Key} is {verdict}"));
            }

            if (isHidden && isChained && !types.Contains(RecordType.NSEC3))
            {
                faults.Add($"{owner.Key} is hidden and has an NSEC");
            }
        }

        return faults;
    }

    private static IEnumerable<DomainName> Above(DomainName name, DomainName apex)
    {
        while (name != apex)
        {
            name = name.Parent;
            yield return name;
        }
    }
}
