using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Output;

/// <summary>What a transfer tried from one primary gave. Nothing of it was kept.</summary>
public sealed class ZoneTransferTestResult
{
    public required string Zone { get; init; }

    public required string PrimaryNameServer { get; init; }

    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    public string TsigKey { get; init; } = "";

    public bool Success { get; init; }

    public uint? Serial { get; init; }

    public long Records { get; init; }

    /// <summary>Octets of DNS messages.</summary>
    public long Bytes { get; init; }

    public TimeSpan Duration { get; init; }

    public FailureReason Reason { get; init; }

    /// <summary>The primary's response code, where it sent one.</summary>
    public ResponseCode? ResponseCode { get; init; }

    /// <summary>The primary's clock minus ours, where its signatures tell.</summary>
    public TimeSpan? ClockSkew { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }
}
