using System.Security.Cryptography;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Whether keys that come from one place validate what comes from another, by the signatures themselves.</summary>
internal static class SignatureProof
{
    /// <summary>The signed RRsets that none of the keys validates.</summary>
    /// <param name="now">Tells which of the times is meant that 32 bits can mean. A signature may have ended since: it counts as when it was fetched.</param>
    /// <param name="only">Looks at RRsets of this type; null: at all but the DNSKEY RRset.</param>
    /// <param name="signers">Remembers which key has been seen to validate a signature over an RRset: most are the same in many versions of a
    /// zone.</param>
    public static List<string> Missing(
        ServedZone zone, List<DnsKey> keys, DateTimeOffset now, RecordType? only = null, Dictionary<string, DnsKey>? signers = null)
    {
        var missing = new List<string>();
        var signatures = zone.Records.Where(record => record.Type == RecordType.RRSIG)
            .ToLookup(record => (record.Owner, (RecordType)(record.Rdata.Span[0] << 8 | record.Rdata.Span[1])), record => record.Rdata);
        foreach (var set in zone.Records.GroupBy(record => (record.Owner, record.Type)).Where(set => signatures.Contains(set.Key)))
        {
            if (only is null ? set.Key.Type == RecordType.DNSKEY : set.Key.Type != only)
            {
                continue;
            }

            var canonical = new CanonicalRrset();
            canonical.Begin(set.Key.Owner.Wire, set.Key.Type, set.First().Ttl);
            set.ToList().ForEach(record => canonical.Add(record.Rdata.Span));
            if (!signatures[set.Key].Any(signature => Signer(canonical, signature.Span) is { } signer && keys.Contains(signer)))
            {
                missing.Add($"{set.Key.Owner} {set.Key.Type}");
            }
        }

        return missing;

        DnsKey? Signer(CanonicalRrset records, ReadOnlySpan<byte> rrsig)
        {
            var octets = new byte[rrsig.Length + records.Length];
            rrsig.CopyTo(octets);
            records.Write(octets.AsSpan(rrsig.Length));
            var signed = Convert.ToHexString(SHA256.HashData(octets));
            if (signers?.TryGetValue(signed, out var known) == true)
            {
                return known;
            }

            foreach (var key in keys)
            {
                using var verifier = new RrsetVerifier(zone.Apex, [key]);
                if (verifier.Verify(records, rrsig, Inception(rrsig, now)) == SignatureVerdict.Valid)
                {
                    signers?.Add(signed, key);
                    return key;
                }
            }

            return null;
        }
    }

    private static DateTimeOffset Inception(ReadOnlySpan<byte> rrsig, DateTimeOffset now) =>
        Rrsig.TryRead(rrsig, out var signature) ? Rrsig.Time(signature.Inception, now) : now;
}
