using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>Collects the checks of one primary, or of the zone itself.</summary>
public sealed class CheckList(PrimaryNameServer? primary = null)
{
    private readonly List<HealthCheck> _checks = [];

    public IReadOnlyList<HealthCheck> Checks => _checks;

    public void Passed(string check, string message) => Add(check, HealthCheckOutcome.Passed, message, null, FailureReason.None);

    public void NotApplicable(string check, string message, string? remedy = null) =>
        Add(check, HealthCheckOutcome.NotApplicable, message, remedy, FailureReason.None);

    public void Warning(string check, string message, string remedy, FailureReason reason) =>
        Add(check, HealthCheckOutcome.Warning, message, remedy, reason);

    public void Failed(string check, string message, string remedy, FailureReason reason) =>
        Add(check, HealthCheckOutcome.Failed, message, remedy, reason);

    public void Failed(string check, Failure failure) => Failed(check, failure.Message, failure.Remedy, failure.Reason);

    private void Add(string check, HealthCheckOutcome outcome, string message, string? remedy, FailureReason reason) =>
        _checks.Add(new HealthCheck(check, outcome, message)
        {
            PrimaryNameServer = primary?.Name,
            Server = primary?.EndPoint,
            Reason = reason,
            Remedy = remedy,
        });
}
