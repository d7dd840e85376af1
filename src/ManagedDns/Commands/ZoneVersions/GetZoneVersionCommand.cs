using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Shows the versions of zones that the server keeps: the current one, earlier ones, and the last that a check rejected. Newest first.
/// </summary>
/// <example>
/// <code>Get-ZoneVersion example.com</code>
/// Shows the versions of the zone that are kept.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneVersion")]
[OutputType(typeof(ZoneVersionInfo))]
public sealed class GetZoneVersionCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Zone { get; set; } = [];

    /// <summary>Only the one that a check rejected.</summary>
    [Parameter]
    public SwitchParameter Rejected { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Zone)
        {
            Try(text, () =>
            {
                var zone = Store.Zones.Get(Names.Parse(text));
                var versions = ZoneHistory.List(StoreFolderPath, zone, View.StatusOf(zone.Id));
                WriteObject(versions.Where(version => !Rejected || version.State == ZoneVersionState.Rejected), enumerateCollection: true);
            });
        }
    }
}
