using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A signing policy: how the zones that use it are signed.</summary>
public sealed class SigningPolicyInfo
{
    public required string Name { get; init; }

    public DnssecAlgorithm Algorithm { get; init; }

    /// <summary>A key for the keys and another for the zone, instead of one for both.</summary>
    public bool SplitKeys { get; init; }

    public DenialKind Denial { get; init; }

    public bool OptOut { get; init; }

    public TimeSpan Validity { get; init; }

    public TimeSpan RenewBefore { get; init; }

    public TimeSpan Jitter { get; init; }

    public TimeSpan KeyTtl { get; init; }

    public TimeSpan PropagationDelay { get; init; }

    public TimeSpan ZskLifetime { get; init; }

    public TimeSpan KskLifetime { get; init; }

    public SerialPolicy SerialPolicy { get; init; }

    public bool ZoneDigest { get; init; }

    public bool NotifyParent { get; init; }

    public string[] Zones { get; init; } = [];
}
