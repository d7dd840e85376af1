using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns.Dnssec;
using ManagedDns.KeyFiles;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Takes private keys that were made elsewhere: the pairs that BIND writes, or PKCS#8 in PEM as Knot keeps them. They are sealed in the store. Before signing is
/// enabled they are taken over from another signer: the zone is signed with them from the start, and the DS that the parent has goes on being right. Later a
/// key becomes the successor of the one in its role, as in any rollover.
/// </summary>
/// <example>
/// <code>New-ManagedZone moved.example -HiddenPrimary | Import-ZoneSigningKey -Path ./Kmoved.example.+013+12345.private</code>
/// Takes a key of BIND; the .key file lies beside it.
/// </example>
/// <example>
/// <code>New-ManagedZone moved.example -HiddenPrimary | Import-ZoneSigningKey -Path ./key.pem -Role Ksk -Algorithm EcdsaP256Sha256</code>
/// Takes a key of Knot; an RSA key does not tell for which algorithm it is.
/// </example>
[Cmdlet(VerbsData.Import, "ZoneSigningKey", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneSigningKeyInfo))]
public sealed class ImportZoneSigningKeyCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>The files with the private keys.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "FullName")]
    public string[] Path { get; set; } = [];

    /// <summary>What the keys are for. Without it: what the .key file tells, Csk where that is a secure entry point or there is none.</summary>
    [Parameter]
    public KeyRole Role { get; set; }

    /// <summary>The algorithm of a key in PEM, where the key itself leaves a choice.</summary>
    [Parameter]
    public DnssecAlgorithm Algorithm { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        foreach (var path in Path)
        {
            Try(path, () => Import(PathOf(path)));
        }
    }

    private void Import(string path)
    {
        var zone = Store.Zones.Get(Names.Parse(Zone));
        var flags = (ushort)(DnsKey.ZoneFlag | (IsBound(nameof(Role)) && Role == KeyRole.Zsk ? 0 : DnsKey.SecureEntryPointFlag));
        var (key, owner, pkcs8) = ZoneKeyFile.Read(path, IsBound(nameof(Algorithm)) ? Algorithm : null, flags);
        var name = zone.Name.ToDisplayString();
        if (owner is not null && owner != zone.Name)
        {
            throw Names.Invalid(path, $"'{path}' is a key of {owner.ToDisplayString()}, not of {name}.", $"Give the files of a key of {name}.");
        }

        var role = IsBound(nameof(Role)) ? Role : key.IsSecureEntryPoint ? KeyRole.Csk : KeyRole.Zsk;
        if (!key.IsZoneKey || key.IsRevoked || key.IsSecureEntryPoint != (role != KeyRole.Zsk))
        {
            throw Names.Invalid(path, $"'{path}' is a key with flags {key.Flags}, which is no {role}.", "Give keys with flags 257 as Csk or Ksk, and with 256 as Zsk.");
        }

        if (ShouldProcess($"{role} {key.Tag} ({key.Algorithm}) for '{name}'", "Import"))
        {
            Enqueue(
                path,
                () => Store.ZoneKeys.Import(zone, role, key, pkcs8),
                PassThru ? _ => SigningView.Show(zone, Store.ZoneKeys.Public(zone.Id).First(kept => kept.Public.Equals(key))) : null);
        }
    }
}
