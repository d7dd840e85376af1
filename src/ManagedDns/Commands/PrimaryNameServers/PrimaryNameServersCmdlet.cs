using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>A change of primaries that are given by name, each on its own.</summary>
public abstract class PrimaryNameServersCmdlet : PrimaryChangeCmdlet
{
    /// <summary>The names of primaries.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string[] Name { get; set; } = [];

    protected sealed override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () => Process(Store.Primaries.Get(name)));
        }
    }

    private protected abstract void Process(PrimaryNameServer primary);
}
