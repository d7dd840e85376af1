using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows TSIG keys, where each is used, and never a secret.</summary>
/// <example>
/// <code>Get-TsigKey | Where-Object { -not $_.UsedBy }</code>
/// Shows the keys that nothing uses.
/// </example>
[Cmdlet(VerbsCommon.Get, "TsigKey")]
[OutputType(typeof(TsigKeyInfo))]
public sealed class GetTsigKeyCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string[]? Name { get; set; }

    protected override void ProcessItem() => WriteMatching(
        Name, Store.TsigKeys.All(), key => key.Name.ToDisplayString(), name => Store.TsigKeys.Get(Names.Parse(name)), key => View.Show(key));
}
