using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Tells what every server of the parent zone says of a zone's delegation now, and how that fits the zone: NS set, glue and DS set.
/// </summary>
/// <example>
/// <code>Test-ZoneDelegation example.com -RootHint 127.0.0.1:5300</code>
/// Follows the delegation from a root server of your own; without -RootHint from the Internet's.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "ZoneDelegation")]
[OutputType(typeof(HealthCheckResult))]
[OutputType(typeof(bool))]
public sealed class TestZoneDelegationCommand : ParentLookupCmdlet
{
    /// <summary>The names of managed zones.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only whether no check has failed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () => Test(Store.Zones.Get(Names.Parse(text))));
        }
    }

    private void Test(ManagedZone zone)
    {
        Refresh();
        var subject = new ZoneSubject(zone, View.Settings, View.StatusOf(zone.Id), RunningServer.Find(Store));
        var checks = CheckDelegation(subject);
        if (Quiet)
        {
            WriteObject(checks.All(check => check.Outcome != HealthCheckOutcome.Failed));
        }
        else
        {
            WriteObject(checks.Select(check => HealthCheckResult.Of(subject.Name, check)), enumerateCollection: true);
        }
    }
}
