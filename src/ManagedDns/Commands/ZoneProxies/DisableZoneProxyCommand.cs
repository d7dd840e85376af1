using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Stops zones from being transferred. They keep, and are served with, what they last had.</summary>
[Cmdlet(VerbsLifecycle.Disable, "ZoneProxy", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class DisableZoneProxyCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var name = Store.Zones.Get(Names.Parse(text)).Name;
                if (ShouldProcess($"Zone proxy of '{name.ToDisplayString()}'", "Disable"))
                {
                    Enqueue(
                        text,
                        () => Store.Zones.Update(name, current => current with { ProxyEnabled = false }),
                        PassThru ? view => view.ShowProxy(Store.Zones.Get(name)) : null);
                }
            });
        }
    }
}
