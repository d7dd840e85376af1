using System.Collections.Immutable;
using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Changes the addresses of one of this service's host names.</summary>
/// <example>
/// <code>Set-ManagedNameServer ns1.example.net 192.0.2.9</code>
/// Gives the host name another address.
/// </example>
[Cmdlet(VerbsCommon.Set, "ManagedNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedNameServerInfo))]
public sealed class SetManagedNameServerCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("HostName")]
    [ArgumentCompleter(typeof(ManagedNameServerCompleter))]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [Address]
    public IPAddress[] Address { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var name = Store.NameServers.Get(Names.Parse(Name)).HostName;
        ImmutableArray<IPAddress> addresses = [.. Address];
        if (ShouldProcess($"Managed name server '{name.ToDisplayString()}'", "Set"))
        {
            Enqueue(
                Name,
                () => Store.NameServers.Update(name, addresses),
                PassThru ? _ => ManagedNameServerInfo.From(Store.NameServers.Get(name)) : null);
        }
    }
}
