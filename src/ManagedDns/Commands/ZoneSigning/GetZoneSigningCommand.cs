using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows how the signing of zones stands: the state, what it waits for and until when, when the first signature ends, and what is wrong.</summary>
/// <example>
/// <code>Get-ZoneSigning</code>
/// Shows all signed zones: what each waits for, and until when.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneSigning")]
[OutputType(typeof(ZoneSigningInfo))]
public sealed class GetZoneSigningCommand : NamedZonesCmdlet
{
    protected override void ProcessItem()
    {
        var signings = View.Settings.ZoneSignings;
        var status = Store.Status.Signings();
        WriteMatching(
            Name, View.Settings.Zones.Where(zone => signings.ContainsKey(zone.Id)), zone => zone.Name.ToDisplayString(),
            name => Store.Zones.Get(Names.Parse(name)),
            zone => SigningView.Show(View, zone, signings.GetValueOrDefault(zone.Id), status.GetValueOrDefault(zone.Id)));
    }
}
