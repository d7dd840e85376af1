using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>A change of zones that are given by name, each on its own.</summary>
public abstract class ManagedZonesCmdlet : ChangeCmdlet
{
    /// <summary>The names of managed zones.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    protected sealed override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () => Process(Store.Zones.Get(Names.Parse(text))));
        }
    }

    private protected abstract void Process(ManagedZone zone);
}
