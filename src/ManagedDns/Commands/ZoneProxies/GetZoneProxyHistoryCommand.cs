using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Shows the history of the health checks that the server runs by schedule: what each check found, since when and until when. Set-SecondaryServer
/// -HealthCheckInterval sets how often it runs them.
/// </summary>
/// <example>
/// <code>Get-ZoneProxyHistory example.com -Result Failed</code>
/// Shows what has failed in the past, since when and until when.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneProxyHistory")]
[OutputType(typeof(HealthPeriodInfo))]
public sealed class GetZoneProxyHistoryCommand : ManagedDnsCmdlet
{
    /// <summary>The names of managed zones; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only the checks of these names, as SoaOverUdp.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CheckCompleter))]
    public string[] Check { get; set; } = ["*"];

    /// <summary>Only what these verdicts were.</summary>
    [Parameter]
    public HealthCheckOutcome[]? Result { get; set; }

    protected override void ProcessItem()
    {
        var checks = (Check ?? ["*"]).Select(Names.Matcher).ToArray();
        foreach (var zone in Zones())
        {
            WriteObject(
                Store.Status.Health(zone.Id)
                    .Where(period => checks.Any(matches => matches(period.Check.Check)) && (Result is null || Result.Contains(period.Check.Outcome)))
                    .Select(period => HealthPeriodInfo.Of(zone.Name.ToDisplayString(), period)),
                enumerateCollection: true);
        }
    }

    private IEnumerable<ManagedZone> Zones()
    {
        foreach (var pattern in Name ?? ["*"])
        {
            var matches = Names.Matcher(pattern);
            foreach (var zone in WildcardPattern.ContainsWildcardCharacters(pattern)
                ? View.Settings.Zones.Where(zone => matches(zone.Name.ToDisplayString()))
                : [Store.Zones.Get(Names.Parse(pattern))])
            {
                yield return zone;
            }
        }
    }
}
