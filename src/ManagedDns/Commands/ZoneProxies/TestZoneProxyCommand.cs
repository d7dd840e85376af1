using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>The health check: every primary of a zone is asked, and the zone's own state examined. Runs whether the proxy is on or off.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ZoneProxy")]
[OutputType(typeof(HealthCheckResult))]
[OutputType(typeof(bool))]
public sealed class TestZoneProxyCommand : ManagedDnsCmdlet
{
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
            Try(text, () => Write(Check(Store.Zones.Get(Names.Parse(text)))));
        }
    }

    private List<HealthCheckResult> Check(ManagedZone zone)
    {
        // The state counts that the server reports now.
        Refresh();
        var running = RunningServer.Find(Store);
        var primaries = zone.ZoneFile is null
            ? View.Settings.Primaries.Where(p => p.CommonSettingId == zone.CommonSettingId).OrderBy(p => p.Priority).ThenBy(p => p.Id).ToArray()
            : [];
        WriteVerbose($"Asking {primaries.Length} primaries for {zone.Name.ToDisplayString()}.");
        var results = Await(cancellation => Task.WhenAll(primaries.Select(primary => new PrimaryHealth(zone, primary, View, running).RunAsync(cancellation))))
            .SelectMany(checks => checks).ToList();
        if (primaries.Length == 0 && zone.ZoneFile is null)
        {
            results.Add(NoPrimary(zone));
        }

        results.AddRange(Await(cancellation => new ZoneHealth(zone, View, running).RunAsync(cancellation)));
        return results;
    }

    private HealthCheckResult NoPrimary(ManagedZone zone) => new()
    {
        Zone = zone.Name.ToDisplayString(),
        Check = Checks.Enabled,
        Result = HealthCheckOutcome.Failed,
        Reason = Dns.FailureReason.NoPrimary,
        Message = $"The common setting '{View.CommonSettingName(zone.CommonSettingId)}' has no primary.",
        Remedy = "New-PrimaryNameServer registers one.",
    };

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
