using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows the keys of signed zones and where each is in its life.</summary>
/// <example>
/// <code>Get-ZoneSigningKey *.com</code>
/// Shows the keys of the signed zones in com, and where each is in its life.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneSigningKey")]
[OutputType(typeof(ZoneSigningKeyInfo))]
public sealed class GetZoneSigningKeyCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Name { get; set; }

    protected override void ProcessItem()
    {
        foreach (var zone in SignedZones.Matching(View, Name, name => Store.Zones.Get(Names.Parse(name))))
        {
            foreach (var key in Store.ZoneKeys.Public(zone.Id))
            {
                WriteObject(SigningView.Show(zone, key));
            }
        }
    }
}
