using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Has the running server publish, as it is and once, the version of a zone that a check rejected. The checks of later versions stay as they are.
/// </summary>
/// <example>
/// <code>Get-ZoneVersion example.com -Rejected | Approve-ZoneVersion</code>
/// Publishes the rejected version, where one was rejected.
/// </example>
[Cmdlet(VerbsLifecycle.Approve, "ZoneVersion", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ApproveZoneVersionCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Zone));
        var name = zone.Name.ToDisplayString();
        if (!ShouldProcess($"Zone '{name}', the version that was rejected", "Publish"))
        {
            return;
        }

        var rejected = ZoneHistory.List(StoreFolderPath, zone, View.StatusOf(zone.Id)).FirstOrDefault(version => version.State == ZoneVersionState.Rejected);
        if (rejected is null)
        {
            WriteInvalid($"No version of {name} was rejected.", $"Get-ZoneProxy {name} shows how the zone stands.", zone.Name);
            return;
        }

        if (RunningServer.Find(Store) is null)
        {
            throw new ServerException(
                "NotRunning", ErrorCategory.ResourceUnavailable, "No server runs on this store that could publish it.", "Start-SecondaryServer starts it.");
        }

        Store.Requests.Add(RequestKind.AcceptVersion, zone.Id);
    }
}
