using System.Collections.Concurrent;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Lookup;
using ManagedDns.Model;

namespace ManagedDns.Daemon;

/// <summary>Looks things up for the server as its settings say. The servers of a parent are remembered for a while: many zones share one.</summary>
internal sealed class OutsideLookup(LookupSettings settings, TimeProvider time) : IOutsideLookup
{
    private static readonly TimeSpan s_remembered = TimeSpan.FromHours(1);

    private readonly Resolver _resolver = MakeResolver(settings, time);

    private readonly ConcurrentDictionary<DomainName, (ZoneServers Zone, DateTimeOffset Until)> _parents = new();

    public async Task<ZoneServers> FindParentAsync(DomainName zone, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_parents.TryGetValue(zone.Parent, out var known) && now < known.Until)
        {
            return known.Zone;
        }

        var parent = await _resolver.FindParentServersAsync(zone, cancellation).ConfigureAwait(false);
        _parents[zone.Parent] = (parent, now + s_remembered);
        return parent;
    }

    public async Task<IReadOnlyList<IPEndPoint>> FindHostAsync(DomainName host, CancellationToken cancellation) =>
        [.. (await _resolver.LookupAddressesAsync(host, cancellation).ConfigureAwait(false)).Select(address => new IPEndPoint(address, settings.Port))];

    public async Task<IReadOnlyList<ZoneServer>> FindNotifyTargetsAsync(DomainName zone, CancellationToken cancellation)
    {
        if (await DsyncLookup.FindAsync(_resolver, zone, RecordType.CDS, cancellation).ConfigureAwait(false) is not { } target)
        {
            return [];
        }

        var addresses = await _resolver.LookupAddressesAsync(target.Host, cancellation).ConfigureAwait(false);
        return addresses.Count > 0
            ? [.. addresses.Select(address => new ZoneServer(new(address, target.Port), target.Host))]
            : throw new DnsFailureException(new Failure(
                FailureReason.NameError, null, $"{target.Host.ToDisplayString()}, which the parent of {zone.ToDisplayString()} names in its DSYNC record, has no address.",
                "Ask the parent's operator to correct it; the CDS are found in the parent's own time."));
    }

    private static Resolver MakeResolver(LookupSettings settings, TimeProvider time)
    {
        var options = new LookupOptions { Port = settings.Port };
        var inquiry = new ClientInquiry(new DnsClient(time), options);
        return settings.Resolvers.IsEmpty
            ? Resolver.FromRoot(settings.RootHints.IsEmpty ? null : settings.RootHints, options, inquiry)
            : Resolver.Using(settings.Resolvers, options, inquiry);
    }
}
