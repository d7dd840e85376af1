using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Stops zones from being transferred. They keep, and are served with, what they last had.</summary>
/// <example>
/// <code>Get-ManagedZone *.com | Disable-ZoneProxy -PassThru</code>
/// Stops the transfer of every zone under com and shows how they stand.
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "ZoneProxy", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class DisableZoneProxyCommand : ManagedZonesCmdlet
{
    /// <summary>Writes the zone proxy to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(ManagedZone zone)
    {
        if (ShouldProcess($"Zone proxy of '{zone.Name.ToDisplayString()}'", "Disable"))
        {
            Enqueue(
                zone.Name.ToDisplayString(),
                () => Store.Zones.Update(zone.Name, current => current with { ProxyEnabled = false }),
                PassThru ? view => view.ShowProxy(Store.Zones.Get(zone.Name)) : null);
        }
    }
}
