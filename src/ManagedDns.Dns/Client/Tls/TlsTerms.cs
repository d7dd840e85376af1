using System.Collections.Immutable;

namespace ManagedDns.Dns.Client;

/// <summary>
/// TLS is required with another server, and this is how it proves who it is (RFC 8310, RFC 9103 §9): by a name that its certificate carries, by the pin of its key, or
/// by both. Nothing is ever sent to a server that has not.
/// </summary>
public sealed record TlsTerms
{
    /// <summary>The name that the certificate must carry, in ASCII; it must then lead to an authority that is trusted. Null: pins alone decide, and dates and authorities do not matter.</summary>
    public string? HostName { get; init; }

    /// <summary>SHA-256 of the key (SubjectPublicKeyInfo) in base64: one of them must match. Empty: any key.</summary>
    public ImmutableArray<string> Pins { get; init; } = [];

    /// <summary>Certificates in PEM that are trusted instead of the system's authorities.</summary>
    public string? Authorities { get; init; }

    /// <summary>What we prove with who we are, where the server asks for it; null: nothing.</summary>
    public TlsIdentity? Identity { get; init; }

    public bool Equals(TlsTerms? other) =>
        other is not null && HostName == other.HostName && Pins.AsSpan().SequenceEqual(other.Pins.AsSpan()) && Authorities == other.Authorities
        && Equals(Identity, other.Identity);

    public override int GetHashCode() => HashCode.Combine(HostName, Pins.IsDefaultOrEmpty ? "" : Pins[0], Authorities, Identity);
}
