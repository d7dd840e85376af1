using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>The time during which a scheduled check of a zone found the same. Times are UTC.</summary>
public sealed class HealthPeriodInfo
{
    public required string Zone { get; init; }

    /// <summary>Null for a check of the zone itself.</summary>
    public string? PrimaryNameServer { get; init; }

    public required string Check { get; init; }

    public required HealthCheckOutcome Result { get; init; }

    public FailureReason Reason { get; init; }

    public required DateTime Since { get; init; }

    /// <summary>When it was last found so.</summary>
    public required DateTime Until { get; init; }

    /// <summary>What was last found.</summary>
    public required string Message { get; init; }

    public string? Remedy { get; init; }

    internal static HealthPeriodInfo Of(string zone, HealthPeriod period) => new()
    {
        Zone = zone,
        PrimaryNameServer = period.Check.PrimaryNameServer,
        Check = period.Check.Check,
        Result = period.Check.Outcome,
        Reason = period.Check.Reason,
        Since = period.Since.UtcDateTime,
        Until = period.Until.UtcDateTime,
        Message = period.Check.Message,
        Remedy = period.Check.Remedy,
    };
}
