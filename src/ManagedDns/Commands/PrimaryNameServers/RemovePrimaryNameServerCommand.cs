using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes primaries. One that zones are transferred from stays: the error names them.</summary>
[Cmdlet(VerbsCommon.Remove, "PrimaryNameServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemovePrimaryNameServerCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () =>
            {
                var primary = Store.Primaries.Get(name);
                if (ShouldProcess($"Primary name server '{primary.Name}' ({primary.EndPoint})", "Remove"))
                {
                    Enqueue(name, () => Store.Primaries.Remove(name));
                }
            });
        }
    }
}
