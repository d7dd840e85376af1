using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>One transfer: of the history, well ended or not, or one that goes on.</summary>
public sealed class ZoneTransferInfo
{
    public required string Zone { get; init; }

    public required TransferDirection Direction { get; init; }

    public required TransferKind Kind { get; init; }

    /// <summary>Address and port of the other server.</summary>
    public required string Peer { get; init; }

    public string TsigKey { get; init; } = "";

    /// <summary>UTC.</summary>
    public DateTime Started { get; init; }

    public TimeSpan Duration { get; init; }

    public uint? FromSerial { get; init; }

    public uint? ToSerial { get; init; }

    public long Records { get; init; }

    /// <summary>Octets of DNS messages.</summary>
    public long Bytes { get; init; }

    public int Messages { get; init; }

    /// <summary>Whether it goes on: records and bytes are what has come so far.</summary>
    public bool Running { get; init; }

    public bool Success { get; init; }

    public FailureReason Reason { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }
}
