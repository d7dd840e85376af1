using System.Management.Automation;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Shows the DS records that the parent should have now: of the key that is to become the trusted one where there is one, of the trusted one elsewhere.
/// Before a key is known everywhere there is none to register, and none is when signing ends: asked for by name, such a zone is an error that says
/// until when.
/// </summary>
/// <example>
/// <code>Get-DsRecord secure.example</code>
/// Shows the DS record to register for the zone, once there is one.
/// </example>
/// <example>
/// <code>Get-DsRecord -DigestType Sha256, Sha384</code>
/// Shows those of all signed zones, with both digests.
/// </example>
/// <example>
/// <code>(Get-DsRecord secure.example).Text</code>
/// Prints what a registrar's form asks for.
/// </example>
[Cmdlet(VerbsCommon.Get, "DsRecord")]
[OutputType(typeof(DsRecordInfo))]
public sealed class GetDsRecordCommand : SignedZonesCmdlet
{
    /// <summary>The digests of the key to show; registrars take SHA-256.</summary>
    [Parameter]
    [ValidateSet(nameof(DsDigestType.Sha256), nameof(DsDigestType.Sha384))]
    public DsDigestType[] DigestType { get; set; } = [DsDigestType.Sha256];

    private protected override void ShowNamed(ManagedZone zone)
    {
        var signing = Store.ZoneSignings.Find(zone.Id);
        if (SigningView.ForParent(Store.ZoneKeys.Public(zone.Id), signing).Count == 0)
        {
            throw SigningView.WhyNoDs(zone.Name.ToDisplayString(), signing, Store.Status.Signings().GetValueOrDefault(zone.Id));
        }

        Show(zone);
    }

    private protected override void Show(ManagedZone zone)
    {
        foreach (var key in SigningView.ForParent(Store.ZoneKeys.Public(zone.Id), Store.ZoneSignings.Find(zone.Id)))
        {
            foreach (var digest in DigestType)
            {
                WriteObject(SigningView.Show(zone, key, digest));
            }
        }
    }
}
