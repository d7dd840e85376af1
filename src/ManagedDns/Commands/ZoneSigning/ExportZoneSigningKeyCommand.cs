using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.KeyFiles;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>The form of a private key in files.</summary>
public enum ZoneKeyFormat
{
    /// <summary>A pair of .key and .private files, as dnssec-keygen writes them.</summary>
    Bind,

    /// <summary>PKCS#8 in PEM, not encrypted.</summary>
    Pkcs8,
}

/// <summary>
/// Writes private keys of a zone to files that only you may read, to take the zone to another signer. Nothing else ever lets them out of the store:
/// each is
/// confirmed twice, which -Confirm:$false and -Force together pass over.
/// </summary>
/// <example>
/// <code>New-ManagedZone moved.example -HiddenPrimary | Import-ZoneSigningKey -Path ./key.pem -PassThru | Export-ZoneSigningKey -Path . -Force -Confirm:$false</code>
/// Writes the key as the pair of files that BIND reads.
/// </example>
[Cmdlet(VerbsData.Export, "ZoneSigningKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(FileInfo))]
public sealed class ExportZoneSigningKeyCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>The keys to write; all without it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Number(Least = 0, Most = ushort.MaxValue)]
    [ArgumentCompleter(typeof(KeyTagCompleter))]
    public ushort[]? KeyTag { get; set; }

    /// <summary>The folder to write to; files that are there already stay as they are.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("LiteralPath")]
    public string Path { get; set; } = "";

    /// <summary>The form of the files.</summary>
    [Parameter]
    public ZoneKeyFormat As { get; set; }

    /// <summary>Does not ask whether private keys are really to leave the store.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Zone));
        var name = zone.Name.ToDisplayString();
        var chosen = Store.ZoneKeys.Public(zone.Id).Where(key => KeyTag is null || KeyTag.Contains(key.Public.Tag)).ToList();
        if (chosen.Count == 0)
        {
            throw Names.Unknown(name, $"'{name}' has no such key here.", $"Get-ZoneSigningKey -Name {name} shows its keys.");
        }

        var folder = PathOf(Path);
        foreach (var key in chosen)
        {
            var what = $"Private key {key.Public.Tag} of '{name}' to '{folder}'";
            if (ShouldProcess(what, "Export") && (Force || ShouldContinue($"Whoever has the file can sign in the name of '{name}'. Write it?", what)))
            {
                Write(zone, key.Id, folder);
            }
        }
    }

    private void Write(ManagedZone zone, long id, string folder)
    {
        var key = Store.ZoneKeys.All(zone.Id).First(key => key.Id == id);
        try
        {
            var files = As == ZoneKeyFormat.Bind
                ? ZoneKeyFile.WritePair(folder, zone.Name, key.Public, key.Pkcs8.ToArray())
                : ZoneKeyFile.WritePem(folder, zone.Name, key.Public, key.Pkcs8.ToArray());
            WriteObject(files.Select(file => new FileInfo(file)), enumerateCollection: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Names.Invalid(folder, $"The key cannot be written to '{folder}': {Names.Why(e)}", "Give a folder that exists, that you may write to, and that has no file of that name.");
        }
    }
}
