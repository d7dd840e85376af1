using System.Management.Automation;
using System.Security;
using System.Text.Json;
using System.Text.Json.Nodes;
using ManagedDns.Configuration;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Makes a store's settings those of a file that Export-ManagedDnsConfiguration has written: what is missing is added, what differs is changed, what
/// is the
/// same is left alone; with -Prune, what the file does not have is removed, from those sections that it has. With -WhatIf the difference is shown,
/// with the zones
/// that follow it, and nothing changed. Keys of signed zones are taken up by zones that have none; the signing of a zone ends as by
/// Disable-ZoneSigning.
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
    private static readonly JsonDocumentOptions s_reading = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    private static readonly string[] s_names = ["name", "hostName"];

    private const string Remedy = "Give a file that Export-ManagedDnsConfiguration has written.";

    /// <summary>The file to read.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    public string Path { get; set; } = "";

    /// <summary>Opens the secrets that were sealed with it.</summary>
    [Parameter]
    [Secret]
    public SecureString? Passphrase { get; set; }

    /// <summary>Removes what the file does not have.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    protected override void ProcessItem()
    {
        var json = Read(PathOf(Path));
        var box = Passphrase is null ? null : PassphraseBox.Open(Passphrase, json);
        if (box is null)
        {
            ConfigurationJson.RemoveSealed(json);
        }

        var sections = new ConfigurationSections(Store, () => View, box);
        var all = sections.All();
        json.RequireKnown(["format", "sealedWith", "server", .. all.Select(section => section.Name)]);
        if (json["server"] is JsonObject server)
        {
            Try("server", () => Put(sections.Server, server));
        }

        foreach (var section in all)
        {
            Put(section, Items(section, json));
        }

        // Users go before what they use.
        foreach (var section in Prune ? all.Reverse().Where(section => json.ContainsKey(section.Name)) : [])
        {
            Cut(section, Items(section, json));
        }
    }

    private void Put(ServerConfiguration server, JsonObject json)
    {
        if (ConfigurationJson.Difference(server.Show(), json) is { Length: > 0 } difference && ShouldProcess("server", $"Change: {difference}"))
        {
            Apply("server", "the server's settings", json, () => server.Change(json));
        }
    }

    private void Put(ConfigurationSection section, IReadOnlyList<JsonObject> items)
    {
        var current = section.Current().ToDictionary(section.Key);
        foreach (var item in items)
        {
            var name = Describe(section, item);
            Try(name, () => ConfigurationText.Guard(name, item, () => Put(section, item, name, current.GetValueOrDefault(section.Key(item)))));
        }
    }

    private void Put(ConfigurationSection section, JsonObject item, string name, JsonObject? old)
    {
        if (old is null)
        {
            if (ShouldProcess(Target(section, item, name), "Add"))
            {
                Apply(name, name, item, () => section.Add(item));
            }
        }
        else if (section.Change is { } change && section.Difference(old, Renamed(item, old)) is { Length: > 0 } difference
            && ShouldProcess(Target(section, item, name), $"Change: {difference}"))
        {
            Apply(name, name, item, () => change(item));
        }
    }

    /// <summary>Names are alike whatever their case and final dot.</summary>
    private static JsonObject Renamed(JsonObject item, JsonObject old)
    {
        var renamed = item.DeepClone().AsObject();
        foreach (var member in s_names.Where(renamed.ContainsKey))
        {
            renamed[member] = old[member]?.DeepClone();
        }

        return renamed;
    }

    private void Cut(ConfigurationSection section, IReadOnlyList<JsonObject> items)
    {
        var kept = items.Select(section.Key).ToHashSet();
        foreach (var item in section.Current().Where(item => !kept.Contains(section.Key(item)) && !section.IsGoing(item)))
        {
            var name = Describe(section, item);
            if (ShouldProcess(Target(section, item, name), "Remove"))
            {
                Apply(name, name, item, () => section.Remove(item));
            }
        }
    }

    private void Apply(string target, string what, JsonObject item, Action change) =>
        Enqueue(target, () => Store.Together(() => ConfigurationText.Guard(what, item, change)));

    /// <exception cref="StoreException">Invalid: the section is no list of objects.</exception>
    private static IReadOnlyList<JsonObject> Items(ConfigurationSection section, JsonObject json) => json[section.Name] switch
    {
        null => [],
        JsonArray list when list.All(item => item is JsonObject) => [.. list.Select(item => item!.AsObject())],
        _ => throw Names.Invalid(section.Name, $"'{section.Name}' is no list of objects.", "Write it as Export-ManagedDnsConfiguration does."),
    };

    private string Target(ConfigurationSection section, JsonObject item, string name) =>
        section.Zones(item).ToArray() is { Length: > 0 } zones ? $"{name}, changing {Tell(zones)}" : name;

    private static string Describe(ConfigurationSection section, JsonObject item) =>
        $"{section.Noun} '{item["name"] ?? item["hostName"] ?? item["network"] ?? item["address"]}'";

    private static JsonObject Read(string file)
    {
        try
        {
            var json = JsonNode.Parse(Names.ReadFile(file), documentOptions: s_reading) as JsonObject;
            return json?["format"]?.ToString() == ExportManagedDnsConfigurationCommand.Format
                ? json
                : throw Names.Invalid(file, $"'{file}' is no configuration of ManagedDns.", Remedy);
        }
        catch (JsonException e)
        {
            var what = e.LineNumber is { } line ? $"is no JSON: line {line + 1}, character {e.BytePositionInLine + 1} does not fit" : "has a member twice";
            throw Names.Invalid(file, $"'{file}' {what}.", Remedy);
        }
    }
}
