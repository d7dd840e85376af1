using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes zones with all that was kept of them. The server stops answering for them at once.</summary>
[Cmdlet(VerbsCommon.Remove, "ManagedZone", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveManagedZoneCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var name = Store.Zones.Get(Names.Parse(text)).Name;
                if (ShouldProcess($"Managed zone '{name.ToDisplayString()}'", "Remove"))
                {
                    Enqueue(text, () => Store.Zones.Remove(name));
                }
            });
        }
    }
}
