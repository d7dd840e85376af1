using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.TestKit.Validation;

/// <summary>A zone as a validator knows it.</summary>
/// <param name="Keys">Its DNSKEYs; none: signatures must be there but are not verified. Null: the zone is not signed.</param>
public sealed record ValidatedZone(DomainName Apex, IReadOnlyList<DnsKey>? Keys)
{
    // What was judged once is not judged again, octet for octet the same: thousands of answers carry the same SOA.
    private readonly Dictionary<string, string?> _judged = [];

    /// <summary>Why a set cannot be believed; null: all its signatures are good.</summary>
    public string? Refuse(ReceivedSet set)
    {
        var octets = $"{set} {string.Join(' ', set.Rdata.Concat(set.Signatures).Select(Convert.ToHexString))}";
        if (!_judged.TryGetValue(octets, out var refused))
        {
            _judged.Add(octets, refused = Judge(set));
        }

        return refused;
    }

    private string? Judge(ReceivedSet set)
    {
        if (set.Signatures.Count == 0)
        {
            return "is not signed";
        }

        using var verifier = new RrsetVerifier(Apex, Keys!);
        foreach (var rdata in set.Signatures)
        {
            if (!Rrsig.TryRead(rdata, out var signature) || signature.Labels > Rrsig.CountLabels(set.Owner.Wire) || set.Ttl > signature.OriginalTtl)
            {
                return "has a signature that is not for it";
            }

            var canonical = new CanonicalRrset();
            canonical.Begin(Signed(set, signature.Labels).Wire, set.Type, set.Ttl);
            set.Rdata.ForEach(one => canonical.Add(one));
            var verdict = verifier.Verify(canonical, rdata, DateTimeOffset.UtcNow);
            if (Keys!.Count > 0 && verdict != SignatureVerdict.Valid)
            {
                return $"has a signature that is {verdict}";
            }
        }

        return null;
    }

    /// <summary>The owner that was signed (RFC 4035 §5.3.2).</summary>
    private static DomainName Signed(ReceivedSet set, int labels)
    {
        if (!set.IsExpanded)
        {
            return set.Owner;
        }

        var encloser = set.Owner;
        while (encloser.LabelCount > labels)
        {
            encloser = encloser.Parent;
        }

        return encloser.Prepend("*"u8);
    }
}
