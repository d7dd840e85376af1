using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes host names of this service. The zones' NS records are the primaries' to change.</summary>
/// <example>
/// <code>Remove-ManagedNameServer ns1.example.net</code>
/// Removes a host name of this service.
/// </example>
[Cmdlet(VerbsCommon.Remove, "ManagedNameServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveManagedNameServerCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("HostName")]
    [ArgumentCompleter(typeof(ManagedNameServerCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var name = Store.NameServers.Get(Names.Parse(text)).HostName;
                if (ShouldProcess($"Managed name server '{name.ToDisplayString()}'", "Remove"))
                {
                    Enqueue(text, () => Store.NameServers.Remove(name));
                }
            });
        }
    }
}
