using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows this service's host names and addresses.</summary>
/// <example>
/// <code>Get-ManagedNameServer</code>
/// Shows the host names of this service.
/// </example>
[Cmdlet(VerbsCommon.Get, "ManagedNameServer")]
[OutputType(typeof(ManagedNameServerInfo))]
public sealed class GetManagedNameServerCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("HostName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedNameServerCompleter))]
    public string[]? Name { get; set; }

    protected override void ProcessItem() => WriteMatching(
        Name, Store.NameServers.All(), server => server.HostName.ToDisplayString(), name => Store.NameServers.Get(Names.Parse(name)), ManagedNameServerInfo.From);
}
