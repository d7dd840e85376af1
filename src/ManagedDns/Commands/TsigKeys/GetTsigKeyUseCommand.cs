using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Shows which peers use a TSIG key and when each was last seen with it; during a rollover, with which of the two. A peer that we ask or tell, and
/// that was not seen yet, is shown too.
/// </summary>
/// <example>
/// <code>Get-TsigKeyUse transfer.example.com | Where-Object LastRole -ne Successor</code>
/// Shows who still has to be given the new key.
/// </example>
[Cmdlet(VerbsCommon.Get, "TsigKeyUse")]
[OutputType(typeof(TsigKeyUseInfo))]
public sealed class GetTsigKeyUseCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string[]? Name { get; set; }

    protected override void ProcessItem() => WriteMatching(
        Name, Store.TsigKeys.All(), key => key.Name.ToDisplayString(), name => Store.TsigKeys.Get(Names.Parse(name)), key => KeyUses.Of(Store, View, key));
}
