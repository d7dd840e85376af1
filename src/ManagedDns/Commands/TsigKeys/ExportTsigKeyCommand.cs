using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.KeyFiles;

namespace ManagedDns.Commands;

/// <summary>Writes TSIG keys, secrets included, as another name server's configuration has them.</summary>
/// <example>
/// <code>Export-TsigKey transfer.example.com -For Knot</code>
/// Prints the key, secret and all, for the configuration of Knot DNS.
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

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () => WriteObject(TsigKeyWriter.Write(Store.TsigKeys.Get(Names.Parse(name)).Key, For)));
        }
    }
}
