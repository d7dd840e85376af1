using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Shows something of the zones that were given by name or wildcards; of all without either.</summary>
public abstract class NamedZonesCmdlet : ManagedDnsCmdlet
{
    /// <summary>The names of zones; wildcards are allowed. All without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Name { get; set; }
}
