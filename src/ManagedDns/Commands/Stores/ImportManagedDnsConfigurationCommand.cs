using System.Management.Automation;
using System.Security;
using System.Text.Json;
using System.Text.Json.Nodes;
using ManagedDns.Configuration;

namespace ManagedDns.Commands;

/// <summary>
/// Makes a store's settings those of a file that Export-ManagedDnsConfiguration has written: what is missing is added, what differs is changed, what is the
/// same is left alone; with -Prune, what the file does not have is removed. With -WhatIf the difference is shown and nothing changed.
/// </summary>
/// <example>
/// <code>Import-ManagedDnsConfiguration ./exported.json -WhatIf</code>
/// Shows what the file would change.
/// </example>
/// <example>
/// <code>Import-ManagedDnsConfiguration ./exported.json -Prune</code>
/// Makes the settings exactly those of the file.
/// </example>
[Cmdlet(VerbsData.Import, "ManagedDnsConfiguration", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ImportManagedDnsConfigurationCommand : ChangeCmdlet
{
    /// <summary>The file to read.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    public string Path { get; set; } = "";

    /// <summary>Opens the secrets that were sealed with it.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>Removes what the file does not have.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    protected override void ProcessItem()
    {
        var json = Read(GetUnresolvedProviderPathFromPSPath(Path));
        var sections = new ConfigurationSections(Store, Passphrase is null ? null : PassphraseBox.Open(Passphrase, json));
        if (json["server"] is JsonObject server && ConfigurationJson.Difference(sections.Server(), server) is { Length: > 0 } difference
            && ShouldProcess("server", $"Change: {difference}"))
        {
            Enqueue("server", () => sections.ChangeServer(server));
        }

        var all = sections.All();
        foreach (var section in all.Where(section => json[section.Name] is JsonArray))
        {
            Put(section, json);
        }

        // Users go before what they use.
        foreach (var section in Prune ? all.Reverse().Where(section => json[section.Name] is JsonArray) : [])
        {
            Cut(section, json);
        }
    }

    private void Put(ConfigurationSection section, JsonObject json)
    {
        var current = section.Current().ToDictionary(section.Key);
        foreach (var item in Items(section, json))
        {
            var target = Describe(section, item);
            if (!current.TryGetValue(section.Key(item), out var old))
            {
                if (ShouldProcess(target, "Add"))
                {
                    Enqueue(target, () => section.Add(item));
                }
            }
            else if (section.Change is { } change && Difference(old, item) is { Length: > 0 } difference && ShouldProcess(target, $"Change: {difference}"))
            {
                Enqueue(target, () => change(item));
            }
        }
    }

    private void Cut(ConfigurationSection section, JsonObject json)
    {
        var kept = Items(section, json).Select(section.Key).ToHashSet();
        foreach (var item in section.Current().Where(item => !kept.Contains(section.Key(item))))
        {
            var target = Describe(section, item);
            if (ShouldProcess(target, "Remove"))
            {
                Enqueue(target, () => section.Remove(item));
            }
        }
    }

    // A sealed secret is another text each time; whether it is the same one cannot be seen in it.
    private static string Difference(JsonObject old, JsonObject item)
    {
        var (left, right) = (old.DeepClone().AsObject(), item.DeepClone().AsObject());
        left.Remove("sealedSecret");
        right.Remove("sealedSecret");
        return ConfigurationJson.Difference(left, right);
    }

    private static IEnumerable<JsonObject> Items(ConfigurationSection section, JsonObject json) => json[section.Name]!.AsArray().OfType<JsonObject>();

    private static string Describe(ConfigurationSection section, JsonObject item) =>
        $"{section.Noun} '{(string?)(item["name"] ?? item["hostName"] ?? item["network"] ?? item["address"])}'";

    private static JsonObject Read(string file)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file)) as JsonObject;
            return (string?)json?["format"] == ExportManagedDnsConfigurationCommand.Format
                ? json
                : throw Names.Invalid(file, $"'{file}' is no configuration of ManagedDns.", "Give a file that Export-ManagedDnsConfiguration has written.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw Names.Invalid(file, $"'{file}' cannot be read: {e.Message}", "Give a file that Export-ManagedDnsConfiguration has written.");
        }
    }
}
