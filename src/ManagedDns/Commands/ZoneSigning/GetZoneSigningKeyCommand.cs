using System.Management.Automation;
using ManagedDns.Model;
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
public sealed class GetZoneSigningKeyCommand : SignedZonesCmdlet
{
    private protected override void Show(ManagedZone zone)
    {
        foreach (var key in Store.ZoneKeys.Public(zone.Id))
        {
            WriteObject(SigningView.Show(zone, key));
        }
    }
}
