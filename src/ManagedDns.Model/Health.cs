using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Model;

public enum HealthCheckOutcome
{
    Passed, Warning, Failed, NotApplicable,
}

/// <summary>One check of a zone: of one primary, or of the zone itself.</summary>
/// <param name="Check">What was checked, as <c>SoaOverUdp</c>; stable.</param>
/// <param name="Message">One sentence: what was found.</param>
public sealed record HealthCheck(string Check, HealthCheckOutcome Outcome, string Message)
{
    /// <summary>The primary's name; null for a check of the zone itself.</summary>
    public string? PrimaryNameServer { get; init; }

    public IPEndPoint? Server { get; init; }

    public FailureReason Reason { get; init; }

    /// <summary>One sentence: what to do; null where nothing is to be done.</summary>
    public string? Remedy { get; init; }
}

/// <summary>All checks of a zone as of one moment.</summary>
public sealed record HealthReport(long ZoneId, DateTimeOffset Time, ImmutableArray<HealthCheck> Checks);

/// <summary>A check's outcome and the time during which it stayed so: a row of the history.</summary>
/// <param name="Until">When it was last found so.</param>
public sealed record HealthPeriod(HealthCheck Check, DateTimeOffset Since, DateTimeOffset Until);
