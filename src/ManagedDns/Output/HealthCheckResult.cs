using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>One check of a zone's health: of one primary, or of the zone itself.</summary>
public sealed class HealthCheckResult
{
    public required string Zone { get; init; }

    /// <summary>Null for a check of the zone itself.</summary>
    public string? PrimaryNameServer { get; init; }

    /// <summary>The primary's address and port.</summary>
    public string? Server { get; init; }

    /// <summary>What was checked, as <c>SoaOverUdp</c>; stable.</summary>
    public required string Check { get; init; }

    public required HealthCheckOutcome Result { get; init; }

    public FailureReason Reason { get; init; }

    /// <summary>What was found.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it; null where nothing is to be done.</summary>
    public string? Remedy { get; init; }

    internal static HealthCheckResult Of(string zone, HealthCheck check) => new()
    {
        Zone = zone,
        PrimaryNameServer = check.PrimaryNameServer,
        Server = check.Server?.ToString(),
        Check = check.Check,
        Result = check.Outcome,
        Reason = check.Reason,
        Message = check.Message,
        Remedy = check.Remedy,
    };
}
