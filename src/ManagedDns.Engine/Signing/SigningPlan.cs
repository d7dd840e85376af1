using System.Collections.Immutable;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Engine.Signing;

/// <summary>With what, and how, a zone is signed at one moment. It follows from the zone's policy and the states of its keys.</summary>
internal sealed record SigningPlan
{
    /// <summary>
    /// Sign everything but what <see cref="KeySigners"/> and <see cref="ParentSigners"/> sign: one of each algorithm, two only while one follows the
    /// other.
    /// </summary>
    public required ImmutableArray<SigningKey> ZoneSigners { get; init; }

    /// <summary>Sign the DNSKEY RRset.</summary>
    public required ImmutableArray<SigningKey> KeySigners { get; init; }

    /// <summary>
    /// Sign the CDS and CDNSKEY RRsets: the same (RFC 7344 §4.1: a key that the DS names), and for each other algorithm that signs the zone one of that.
    /// While one algorithm follows another, caches may hold a DNSKEY RRset that has both, and want all data signed by both (RFC 4035 §2.2).
    /// </summary>
    public IEnumerable<SigningKey> ParentSigners =>
        KeySigners.Concat(ZoneSigners.Where(signer => KeySigners.All(key => key.Public.Algorithm != signer.Public.Algorithm)));

    /// <summary>The DNSKEY RRset, foreign keys included.</summary>
    public required ImmutableArray<DnsKey> DnsKeys { get; init; }

    /// <summary>The keys that CDS and CDNSKEY name; none: neither is published.</summary>
    public ImmutableArray<DnsKey> ParentKeys { get; init; } = [];

    /// <summary>Publish the CDS and CDNSKEY that ask for the removal of the DS (RFC 8078 §4) instead.</summary>
    public bool AskForDsRemoval { get; init; }

    public ImmutableArray<DsDigestType> CdsDigests { get; init; } = [DsDigestType.Sha256];

    /// <summary>Of DNSKEY, CDS and CDNSKEY, in seconds.</summary>
    public uint KeyTtl { get; init; } = 3600;

    /// <summary>Deny by NSEC3 with no salt and no further iterations (RFC 9276) instead of by NSEC.</summary>
    public bool IsNsec3 { get; init; }

    /// <summary>Leave delegations without DS out of the NSEC3 chain.</summary>
    public bool IsOptOut { get; init; }

    /// <summary>From signing to expiration, less a share of <see cref="Jitter"/>.</summary>
    public TimeSpan Validity { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Signatures end this much apart at most, so that not all are due at once.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Publish a digest of the zone (RFC 8976).</summary>
    public ZoneDigestType? ZoneDigest { get; init; }
}
