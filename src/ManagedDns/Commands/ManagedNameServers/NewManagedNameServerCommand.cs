using System.Collections.Immutable;
using System.Management.Automation;
using System.Net;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Adds one of this service's host names: the zones' NS records should list it.</summary>
/// <example>
/// <code>New-ManagedNameServer ns3.example.net 192.0.2.3, 2001:db8::3</code>
/// Adds a host name of this service with its addresses.
/// </example>
[Cmdlet(VerbsCommon.New, "ManagedNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedNameServerInfo))]
public sealed class NewManagedNameServerCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    [Alias("HostName")]
    public string Name { get; set; } = "";

    /// <summary>Its addresses, of both families.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [Address]
    public IPAddress[] Address { get; set; } = [];

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        ImmutableArray<IPAddress> addresses = [.. Address];
        if (ShouldProcess($"Managed name server '{name.ToDisplayString()}'", "New"))
        {
            Enqueue(Name, () => Store.NameServers.Add(name, addresses), _ => ManagedNameServerInfo.From(Store.NameServers.Get(name)));
        }
    }
}
