using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Ends the signing of zones in safety: the parent is asked to remove the DS (RFC 8078), and only when that is gone from every cache the signatures
/// go. What was signed is taken back under a newer serial than the primary's until that has passed it.
/// With -Force they go at once: then validators call the zone bogus as long as a DS is known.
/// </summary>
/// <example>
/// <code>New-ManagedZone signed.example -HiddenPrimary | Enable-ZoneSigning -PassThru | Disable-ZoneSigning -Confirm:$false</code>
/// Ends the signing once the DS is gone from the parent and from every cache.
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "ZoneSigning", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ZoneSigningInfo))]
public sealed class DisableZoneSigningCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(SignedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Waits for nothing; the keys are lost.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var zone = Store.Zones.Get(Names.Parse(text));
                if (ShouldProcess($"Signing of '{zone.Name.ToDisplayString()}'", Force ? "End at once, whatever DS there is" : "End when its DS is gone"))
                {
                    Enqueue(
                        text,
                        Force ? () => Store.ZoneSignings.EndAtOnce(zone) : () => Store.ZoneSignings.BeginEnd(zone),
                        PassThru ? view => SigningView.Show(view, zone, Store.ZoneSignings.Find(zone.Id), null) : null);
                }
            });
        }
    }
}
