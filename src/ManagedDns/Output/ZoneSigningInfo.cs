using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>How a zone's signing stands. Times are UTC.</summary>
public sealed class ZoneSigningInfo
{
    public required string Name { get; init; }

    public string SigningPolicy { get; init; } = "";

    public SigningState State { get; init; }

    /// <summary>What the next step waits for; empty: nothing.</summary>
    public string WaitingFor { get; init; } = "";

    public DateTime? Until { get; init; }

    public uint? PrimarySerial { get; init; }

    public uint? PublishedSerial { get; init; }

    /// <summary>When the first of all signatures ends.</summary>
    public DateTime? FirstExpiration { get; init; }

    public DateTime? LastSigned { get; init; }

    /// <summary>When the parent took the message of the DS that is waited for; empty: it has not been told.</summary>
    public DateTime? ParentTold { get; init; }

    /// <summary>The parent's name servers, whose DS is watched.</summary>
    public string[] ParentServer { get; init; } = [];

    /// <summary>The primary of a parent of one's own, where the DS is put by updates; empty: nowhere.</summary>
    public string ParentPrimary { get; init; } = "";

    public string ParentTsigKey { get; init; } = "";

    /// <summary>The DNSKEYs of those who sign the zone too.</summary>
    public string[] ForeignKey { get; init; } = [];

    public FailureReason Reason { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }
}
