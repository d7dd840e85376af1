using System.Management.Automation;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Has zones transferred from the primaries of their common setting. The primaries are asked first; what is wrong is a warning, and the
/// proxy is enabled all the same: the zone comes once it is put right.
/// </summary>
/// <example>
/// <code>Enable-ZoneProxy example.com</code>
/// Has example.com transferred from the enabled primaries of its common setting.
/// </example>
/// <example>
/// <code>Get-ManagedZone | Enable-ZoneProxy</code>
/// Does so for every zone, in a few transactions.
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "ZoneProxy", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class EnableZoneProxyCommand : ManagedZonesCmdlet
{
    private readonly List<ManagedZone> _toProbe = [];
    private QuickProbe? _probe;

    /// <summary>Writes the zone proxy to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void Finish()
    {
        base.Finish();
        if (!IsWhatIf && RunningServer.Find(Store) is null)
        {
            WriteWarning("No server runs on this store: the zones are transferred once Start-SecondaryServer has started one.");
        }
    }

    private protected override void BeforeWrite()
    {
        _probe ??= new QuickProbe(View.Settings, RunningServer.Find(Store));
        foreach (var failure in Await(cancellation => _probe.RunAsync(_toProbe, cancellation)))
        {
            WriteWarning($"{failure.Message} {failure.Remedy}");
        }

        _toProbe.Clear();
    }

    private protected override void Process(ManagedZone zone)
    {
        var name = zone.Name.ToDisplayString();
        if (zone.ZoneFile is not null)
        {
            throw Names.Invalid(
                name,
                $"'{name}' comes from the master file '{zone.ZoneFile}', not from a primary.",
                $"To have it transferred: Set-ManagedZone -Name {name} -ZoneFile ''.");
        }

        if (ShouldProcess($"Zone proxy of '{name}'", "Enable"))
        {
            _toProbe.Add(zone);
            Enqueue(
                name,
                () => Store.Zones.Update(zone.Name, current => current with { ProxyEnabled = true }),
                PassThru ? view => view.ShowProxy(Store.Zones.Get(zone.Name)) : null);
        }
    }
}
