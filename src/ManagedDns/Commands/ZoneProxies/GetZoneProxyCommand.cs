using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows how zones stand: state, serials, the next refresh, when they expire, and what is wrong.</summary>
/// <example>
/// <code>Get-ZoneProxy example.com</code>
/// Shows state, serials, the next refresh and when the zone expires.
/// </example>
/// <example>
/// <code>Get-ZoneProxy | Where-Object Reason -ne None</code>
/// Shows the zones whose last check failed.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneProxy")]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class GetZoneProxyCommand : NamedZonesCmdlet
{
    protected override void ProcessItem() => WriteMatching(
        Name, View.Settings.Zones, zone => zone.Name.ToDisplayString(), name => Store.Zones.Get(Names.Parse(name)), View.ShowProxy);

    protected override void Finish()
    {
        if (View.Settings.Zones.Length > 0 && RunningServer.Find(Store) is null)
        {
            WriteWarning("No server runs on this store: states and serials are those that it last reported. Start-SecondaryServer starts it.");
        }
    }
}
