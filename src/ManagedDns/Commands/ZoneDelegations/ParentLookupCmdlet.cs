using System.Management.Automation;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Health;
using ManagedDns.Lookup;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that look at the parent of a zone: where they start.</summary>
public abstract class ParentLookupCmdlet : ManagedDnsCmdlet
{
    // Somebody waits: a server that is down must not take a minute.
    private static readonly LookupOptions s_options = new() { Timeout = TimeSpan.FromSeconds(2), Tries = 1 };
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Root servers of your own, as address or address:port. Without it: those of Set-SecondaryServer, or the Internet's.</summary>
    [Parameter]
    public string[]? RootHint { get; set; }

    /// <summary>
    /// Resolving name servers to ask, as address or address:port, instead of going down from the root. Without it: those of Set-SecondaryServer.
    /// </summary>
    [Parameter]
    public string[]? Resolver { get; set; }

    /// <summary>The port of name servers that are found by their names; for tests on one machine.</summary>
    [Parameter(DontShow = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int LookupPort { get; set; }

    private protected bool AsksParent => RootHint is not null || Resolver is not null;

    private protected IReadOnlyList<HealthCheck> CheckDelegation(ZoneSubject subject)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            return Await(_ => new DelegationHealth(subject, MakeResolver()).RunAsync(patience.Token));
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            var list = new CheckList();
            list.Warning(
                Checks.Delegation, $"The parent of {subject.Name} could not be asked within {s_patience.TotalSeconds} seconds.",
                "Give a resolver that works with -Resolver, or leave this out with -SkipDelegation.", FailureReason.Timeout);
            return list.Checks;
        }
    }

    private protected Resolver MakeResolver()
    {
        var set = Store.Server.Get().Lookups;
        var options = s_options with { Port = IsBound(nameof(LookupPort)) ? LookupPort : set.Port };
        IReadOnlyList<IPEndPoint> hints = RootHint is null ? set.RootHints : [.. RootHint.Select(Names.EndPoint)];
        IReadOnlyList<IPEndPoint> resolvers = Resolver is null ? RootHint is null ? set.Resolvers : [] : [.. Resolver.Select(Names.EndPoint)];
        return resolvers.Count > 0 ? Lookup.Resolver.Using(resolvers, options) : Lookup.Resolver.FromRoot(hints.Count > 0 ? hints : null, options);
    }
}
