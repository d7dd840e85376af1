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
    private const int DnsPort = 53;

    // Somebody waits: a server that is down must not take a minute.
    private static readonly LookupOptions s_options = new() { Timeout = TimeSpan.FromSeconds(2), Tries = 1 };
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Root servers of your own, as address or address:port, instead of the Internet's.</summary>
    [Parameter]
    public string[]? RootHint { get; set; }

    /// <summary>Resolving name servers to ask, as address or address:port, instead of going down from the root.</summary>
    [Parameter]
    public string[]? Resolver { get; set; }

    /// <summary>The port of name servers that are found by their names; for tests on one machine.</summary>
    [Parameter(DontShow = true)]
    [ValidateRange(1, 65535)]
    public int LookupPort { get; set; } = DnsPort;

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

    private Resolver MakeResolver()
    {
        var options = s_options with { Port = LookupPort };
        return Resolver is { Length: > 0 } resolvers
            ? Lookup.Resolver.Using([.. resolvers.Select(EndPoint)], options)
            : Lookup.Resolver.FromRoot(RootHint is { Length: > 0 } hints ? [.. hints.Select(EndPoint)] : null, options);
    }

    private static IPEndPoint EndPoint(string text) => IPEndPoint.TryParse(text, out var endPoint)
        ? new IPEndPoint(endPoint.Address, endPoint.Port == 0 ? DnsPort : endPoint.Port)
        : throw Names.Invalid(text, $"'{text}' is no address.", "Write it as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353.");
}
