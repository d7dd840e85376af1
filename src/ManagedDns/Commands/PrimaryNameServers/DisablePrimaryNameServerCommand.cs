using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Stops zones from being transferred from primaries. They keep what they last had, until they expire.</summary>
[Cmdlet(VerbsLifecycle.Disable, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class DisablePrimaryNameServerCommand : PrimaryChangeCmdlet
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
                var setting = Store.CommonSettings.Find(primary.CommonSettingId)!;
                if (!ShouldProcess($"Primary name server '{primary.Name}', {Describe(setting)}", "Disable"))
                {
                    return;
                }

                Enqueue(
                    name,
                    () => Store.Primaries.Update(name, current => current with { Enabled = false }),
                    PassThru ? view => view.Show(Store.Primaries.Get(name)) : null);
            });
        }
    }
}
