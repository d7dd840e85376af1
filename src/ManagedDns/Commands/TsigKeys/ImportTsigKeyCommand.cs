using System.Management.Automation;
using ManagedDns.Dns.Tsig;
using ManagedDns.KeyFiles;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Takes the TSIG keys out of a file: BIND's <c>key {}</c> statements (tsig-keygen writes them), the <c>key:</c> section of Knot or NSD, or lines of
/// pdnsutil.
/// Everything else in the file is passed over.
/// </summary>
/// <example>
/// <code>Import-TsigKey ./transfer.key</code>
/// Takes the keys out of a file that tsig-keygen has written.
/// </example>
/// <example>
/// <code>Import-TsigKey -LiteralPath ./transfer.key -Force</code>
/// Does so with a path that is no pattern, and replaces the secret of a key that exists.
/// </example>
[Cmdlet(VerbsData.Import, "TsigKey", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(TsigKeyInfo))]
public sealed class ImportTsigKeyCommand : ChangeCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Gives a key that exists already the algorithm and secret of the file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessItem()
    {
        foreach (var file in Files())
        {
            Try(file, () => Import(file));
        }
    }

    private IEnumerable<string> Files() => ParameterSetName == PathSet
        ? Path.SelectMany(Found)
        : LiteralPath.Select(path => PathOf(path));

    private IEnumerable<string> Found(string pattern)
    {
        try
        {
            return GetResolvedProviderPathFromPSPath(pattern, out var provider) is { Count: > 0 } files && provider.Name == "FileSystem" ? files : [PathOf(pattern)];
        }
        catch (Exception e) when (e is SessionStateException or ProviderInvocationException or ArgumentException or WildcardPatternException)
        {
            // Nothing is there: the reader says so of the path as it stands.
            return [PathOf(pattern)];
        }
    }

    private void Import(string file)
    {
        var keys = TsigKeyReader.ReadFile(file);
        if (keys.Count == 0)
        {
            throw Names.Invalid(
                file,
                $"No TSIG key is in '{file}'.",
                "Give a file with BIND's key {} statements, a key: section of Knot or NSD, or lines of pdnsutil.");
        }

        foreach (var key in keys)
        {
            var replaced = Force ? Store.TsigKeys.Find(key.Name) : null;
            var changing = replaced is null ? "" : $", a key used for {Tell(AffectedZones.OfKey(View, replaced.Id))}";
            if (!ShouldProcess($"TSIG key '{key.Name.ToDisplayString()}' ({key.Algorithm}) from '{file}'{changing}", "Import"))
            {
                continue;
            }

            if (TsigSecret.Weakness(key) is { } weakness)
            {
                WriteWarning($"{key.Name.ToDisplayString()}: {weakness}");
            }

            Enqueue(
                key.Name.ToDisplayString(),
                () => Keep(key),
                view => view.Show(view.Settings.TsigKeys.Values.First(made => made.Name == key.Name)));
        }
    }

    private void Keep(TsigKey key)
    {
        if (Force && Store.TsigKeys.Find(key.Name) is not null)
        {
            Store.TsigKeys.Update(key.Name, old => old with { Key = key });
        }
        else
        {
            Store.TsigKeys.Add(key);
        }
    }
}
