using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Runs the health check of zones. Every primary is asked, the zone's own state examined, and the delegation at the parent looked up, whether the
/// proxy is on or off.
/// </summary>
/// <example>
/// <code>Test-ZoneProxy example.com -SkipDelegation</code>
/// Runs every check but those of the delegation at the parent.
/// </example>
/// <example>
/// <code>Get-ManagedZone | Test-ZoneProxy -SkipDelegation -Quiet</code>
/// Tells for each zone whether no check has failed.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "ZoneProxy")]
[OutputType(typeof(HealthCheckResult))]
[OutputType(typeof(bool))]
public sealed class TestZoneProxyCommand : ParentLookupCmdlet
{
    /// <summary>The names of managed zones.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only whether no check has failed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Leaves out the checks that ask beyond the primaries and this service: those of the delegation.</summary>
    [Parameter]
    public SwitchParameter SkipDelegation { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () => Write(Check(Store.Zones.Get(Names.Parse(text)))));
        }
    }

    private List<HealthCheckResult> Check(ManagedZone zone)
    {
        // The state counts that the server reports now.
        Refresh();
        var subject = new ZoneSubject(zone, View.Settings, View.StatusOf(zone.Id), RunningServer.Find(Store))
        {
            Signatures = () => ZoneRecords.Signatures(Store.Folder, zone, Cancellation),
        };
        WriteVerbose($"Asking {subject.Primaries.Count} primaries for {subject.Name}.");
        var checks = Await(cancellation => HealthChecker.RunAsync(subject, TimeProvider.System, cancellation));
        return [.. checks.Concat(Delegation(subject)).Select(check => HealthCheckResult.Of(subject.Name, check))];
    }

    // A service that has no host names yet is delegated nothing, and nobody is delegated to a catalog.
    private IReadOnlyList<HealthCheck> Delegation(ZoneSubject subject) =>
        SkipDelegation || subject.IsCatalog || (subject.Settings.NameServers.IsEmpty && !AsksParent) ? [] : CheckDelegation(subject);

    private void Write(List<HealthCheckResult> results)
    {
        if (Quiet)
        {
            WriteObject(results.TrueForAll(result => result.Result != HealthCheckOutcome.Failed));
        }
        else
        {
            WriteObject(results, enumerateCollection: true);
        }
    }
}
