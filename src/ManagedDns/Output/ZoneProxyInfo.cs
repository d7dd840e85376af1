using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>How a zone's transfer from its primaries stands. Times are UTC.</summary>
public sealed class ZoneProxyInfo
{
    public required string Name { get; init; }

    public required string CommonSetting { get; init; }

    public bool Enabled { get; init; }

    /// <summary>Null until the server has seen the zone.</summary>
    public ZoneState? State { get; init; }

    /// <summary>The serial last transferred in.</summary>
    public uint? PrimarySerial { get; init; }

    /// <summary>The serial served.</summary>
    public uint? PublishedSerial { get; init; }

    public long? RecordCount { get; init; }

    /// <summary>Records that have come of a transfer that goes on; null: none does, or it has only begun.</summary>
    public long? TransferRecords { get; init; }

    /// <summary>Octets that have come of it.</summary>
    public long? TransferBytes { get; init; }

    /// <summary>The primary that last answered, as address and port.</summary>
    public string? Primary { get; init; }

    public DateTime? LastCheck { get; init; }

    /// <summary>When a primary last confirmed or delivered our version.</summary>
    public DateTime? LastSuccess { get; init; }

    public DateTime? LastNotify { get; init; }

    public DateTime? NextRefresh { get; init; }

    /// <summary>When the zone ends being served unless a primary confirms it before.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>Why the last check failed; None when it did not.</summary>
    public FailureReason Reason { get; init; }

    public string? Message { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>What comes next: a cmdlet that the operator may want, or what the server does by itself.</summary>
    public string NextStep { get; init; } = "";

    /// <summary>What the checks found in the version served and did not reject it for.</summary>
    public string? Warning { get; init; }

    /// <summary>The host names that belong in the zone's NS records.</summary>
    public string[] NameServers { get; init; } = [];

    public override string ToString() => Name;
}
