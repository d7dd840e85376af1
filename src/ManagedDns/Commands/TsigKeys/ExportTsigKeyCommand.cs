using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns.Tsig;
using ManagedDns.KeyFiles;

namespace ManagedDns.Commands;

/// <summary>Writes TSIG keys, secrets included, as another name server's configuration has them.</summary>
/// <example>
/// <code>Export-TsigKey transfer.example.com -For Knot</code>
/// Prints the key, secret and all, for the configuration of Knot DNS.
/// </example>
/// <example>
/// <code>Export-TsigKey old.example.com -For Bind9 -Successor</code>
/// Prints the key that is taking its place.
/// </example>
[Cmdlet(VerbsData.Export, "TsigKey")]
[OutputType(typeof(string))]
public sealed class ExportTsigKeyCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The name server that will read it.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public TsigKeyFormat For { get; set; }

    /// <summary>During a rollover: the key that is taking this one's place.</summary>
    [Parameter]
    public SwitchParameter Successor { get; set; }

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () => WriteObject(TsigKeyWriter.Write(KeyNamed(name), For)));
        }
    }

    private TsigKey KeyNamed(string name)
    {
        var key = Store.TsigKeys.Get(Names.Parse(name)).Key;
        return !Successor ? key : key.Successor ?? throw Names.Invalid(
            name, $"Nothing is taking the place of the TSIG key '{name}'.", "Start-TsigKeyRollover begins to replace a key.");
    }
}
