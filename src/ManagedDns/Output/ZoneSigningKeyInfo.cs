using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A key that signs a zone; its private half is shown to nobody. Times are UTC.</summary>
public sealed class ZoneSigningKeyInfo
{
    public required string Zone { get; init; }

    public ushort KeyTag { get; init; }

    public KeyRole Role { get; init; }

    public DnssecAlgorithm Algorithm { get; init; }

    public KeyState State { get; init; }

    public DateTime Since { get; init; }

    public DateTime Created { get; init; }

    /// <summary>When its DS was first seen at every name server of the parent.</summary>
    public DateTime? DsSince { get; init; }

    public string DnsKey { get; init; } = "";
}
