using System.Management.Automation;
using System.Security;
using System.Text.Json.Nodes;
using ManagedDns.Configuration;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Writes all settings of a store as JSON: to a file, or to the pipeline. What the server has observed and what zones contain is not among them, nor
/// are the zones
/// that a catalog brings. Secrets (of TSIG keys, cookies, the server's certificate and signed zones) are left out unless a passphrase is given that
/// seals them.
/// </summary>
/// <example>
/// <code>Export-ManagedDnsConfiguration ./configuration.json</code>
/// Writes the settings without secrets, fit for version control.
/// </example>
/// <example>
/// <code>Export-ManagedDnsConfiguration -Passphrase ([Net.NetworkCredential]::new('', 'correct horse battery staple').SecurePassword)</code>
/// Prints the settings with all secrets sealed; at a prompt the passphrase comes from Read-Host -AsSecureString.
/// </example>
[Cmdlet(VerbsData.Export, "ManagedDnsConfiguration", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class ExportManagedDnsConfigurationCommand : ManagedDnsCmdlet
{
    internal const string Format = "ManagedDns/1";

    /// <summary>The file to write; without it the text goes to the pipeline.</summary>
    [Parameter(Position = 0)]
    public string? Path { get; set; }

    /// <summary>Seals the secrets, which are left out without it.</summary>
    [Parameter]
    [Secret]
    public SecureString? Passphrase { get; set; }

    /// <summary>Overwrites a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessItem()
    {
        var box = Passphrase is null ? null : PassphraseBox.Create(Passphrase);
        var sections = new ConfigurationSections(Store, () => View, box);
        var json = new JsonObject { ["format"] = Format };
        if (box is not null)
        {
            json["sealedWith"] = box.Describe();
        }

        json["server"] = sections.Server.Show();
        foreach (var section in sections.All())
        {
            json[section.Name] = new JsonArray([.. section.Current()]);
        }

        WarnOfCatalogMembers();

        var text = json.ToJsonString(ConfigurationJson.Options);
        if (Path is null)
        {
            WriteObject(text);
            return;
        }

        var file = PathOf(Path);
        if (File.Exists(file) && !Force)
        {
            throw Names.Invalid(file, $"There is a file '{file}' already.", "Give -Force to overwrite it.");
        }

        if (ShouldProcess(file, "Export"))
        {
            StoreFolder.CreateFile(file);
            File.WriteAllText(file, text + "\n");
        }
    }

    /// <summary>What was set of a zone by hand is not told by the catalog that brings it.</summary>
    private void WarnOfCatalogMembers()
    {
        string[] changed = [.. View.Settings.Zones.Where(zone => (zone.HiddenPrimary || zone.Comment.Length > 0) && Store.CatalogMembers.OwnerOf(zone.Id) is not null)
            .Select(zone => zone.Name.ToDisplayString())];
        if (changed.Length > 0)
        {
            WriteWarning(
                $"Catalogs bring {string.Join(", ", changed)}, so what was set of these zones by hand is not exported. Restore-CatalogMember -Name <zone> makes it a zone of your own.");
        }
    }
}
