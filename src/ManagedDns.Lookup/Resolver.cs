using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;

namespace ManagedDns.Lookup;

/// <summary>
/// Plain lookups, either through resolving name servers or from the root down. Nothing is cached and nothing validated: it serves checks,
/// which want to see what is there now.
/// </summary>
public sealed class Resolver
{
    private const int MaxReferrals = 32;
    private const int MaxAliases = 8;
    private const int MaxDepth = 4;

    private readonly IReadOnlyList<IPEndPoint> _servers;
    private readonly bool _recursive;
    private readonly LookupOptions _options;
    private readonly IInquiry _inquiry;

    private Resolver(IReadOnlyList<IPEndPoint> servers, bool recursive, LookupOptions options, IInquiry inquiry)
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count);
        _servers = servers;
        _recursive = recursive;
        _options = options;
        _inquiry = inquiry;
    }

    /// <summary>Lookups through resolving name servers, the first that answers.</summary>
    public static Resolver Using(IReadOnlyList<IPEndPoint> servers, LookupOptions? options = null, TimeProvider? time = null) =>
        Using(servers, options ?? LookupOptions.Default, new Inquiry(options ?? LookupOptions.Default, time ?? TimeProvider.System));

    public static Resolver Using(IReadOnlyList<IPEndPoint> servers, LookupOptions options, IInquiry inquiry) =>
        new(servers, recursive: true, options, inquiry);

    /// <summary>Lookups from the root down.</summary>
    /// <param name="rootHints">Root servers; null: the Internet's.</param>
    public static Resolver FromRoot(IReadOnlyList<IPEndPoint>? rootHints = null, LookupOptions? options = null, TimeProvider? time = null) =>
        FromRoot(rootHints, options ?? LookupOptions.Default, new Inquiry(options ?? LookupOptions.Default, time ?? TimeProvider.System));

    public static Resolver FromRoot(IReadOnlyList<IPEndPoint>? rootHints, LookupOptions options, IInquiry inquiry) =>
        new(rootHints ?? RootHints.Servers, recursive: false, options, inquiry);

    /// <summary>Looks a record set up, following aliases. A negative answer is an answer.</summary>
    /// <exception cref="DnsFailureException">No server that should know gave an answer.</exception>
    public Task<LookupAnswer> LookupAsync(DomainName name, RecordType type, CancellationToken cancellation = default) =>
        LookupAsync(name, type, depth: 0, cancellation);

    /// <summary>The IPv4 and IPv6 addresses of a host; none where it has none.</summary>
    /// <exception cref="DnsFailureException">No server that should know gave an answer.</exception>
    public Task<IReadOnlyList<IPAddress>> LookupAddressesAsync(DomainName host, CancellationToken cancellation = default) =>
        LookupAddressesAsync(host, depth: 0, cancellation);

    /// <summary>Asks one server, without recursion, and does not follow where it refers to.</summary>
    /// <exception cref="DnsFailureException">It does not answer.</exception>
    public Task<LookupAnswer> AskAsync(IPEndPoint server, DomainName name, RecordType type, CancellationToken cancellation = default) =>
        _inquiry.AskAsync(server, name, type, wantsRecursion: false, cancellation);

    /// <summary>What each server of the parent zone says about a zone's delegation: NS set, glue, DS set.</summary>
    /// <exception cref="DnsFailureException">The parent zone or the addresses of its servers cannot be found.</exception>
    public async Task<IReadOnlyList<ParentView>> GetParentViewsAsync(DomainName zone, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(zone);
        RefuseRoot(zone);
        var (parent, servers) = await FindParentAsync(zone, cancellation).ConfigureAwait(false);
        return await Task.WhenAll(servers.Select(server => ViewAsync(server, parent, zone, cancellation))).ConfigureAwait(false);
    }

    /// <summary>The zone that delegates a zone, and every address of every server that either its own NS set or the delegation to it names.</summary>
    /// <exception cref="DnsFailureException">The parent zone or the address of one of its servers cannot be found.</exception>
    public async Task<ZoneServers> FindParentServersAsync(DomainName zone, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(zone);
        RefuseRoot(zone);
        var (parent, delegated) = await FindParentAsync(zone, cancellation).ConfigureAwait(false);
        var ns = _recursive
            ? await LookupAsync(parent, RecordType.NS, cancellation).ConfigureAwait(false)
            : await AskAnyAsync(delegated, parent, RecordType.NS, wantsRecursion: false, cancellation).ConfigureAwait(false);
        var hosts = ns.Records(RecordType.NS).Where(record => record.Owner == parent).Select(Target).Distinct();
        var servers = (await Task.WhenAll(hosts.Select(host => AddressesAsync(host, ns, cancellation))).ConfigureAwait(false)).SelectMany(found => found).ToList();
        return new(
            parent, [.. servers, .. delegated.Except(servers.Select(server => server.EndPoint)).Select(server => new ZoneServer(server, null))]);
    }

    private async Task<IEnumerable<ZoneServer>> AddressesAsync(DomainName host, LookupAnswer ns, CancellationToken cancellation)
    {
        IReadOnlyList<IPAddress> addresses =
            [.. ns.Additionals.Where(record => IsAddress(record) && record.Owner == host).Select(record => new IPAddress(record.Rdata.Span))];
        if (addresses.Count == 0)
        {
            addresses = await LookupAddressesAsync(host, cancellation).ConfigureAwait(false);
        }

        return addresses.Count > 0
            ? addresses.Distinct().Select(address => new ZoneServer(new(address, _options.Port), host))
            : throw new DnsFailureException(new Failure(
                FailureReason.NameError, ns.Server, $"{host.ToDisplayString()}, a name server of {ns.Name}, has no address.",
                "Have its address records added, or the server taken out of the NS records."));
    }

    private async Task<LookupAnswer> LookupAsync(DomainName name, RecordType type, int depth, CancellationToken cancellation)
    {
        if (_recursive)
        {
            return await AskAnyAsync(_servers, name, type, wantsRecursion: true, cancellation).ConfigureAwait(false);
        }

        var target = name;
        for (var i = 0; i < MaxAliases; i++)
        {
            var answer = (await DescendAsync(target, type, depth, cancellation).ConfigureAwait(false)).Answer;
            var end = EndOfAliases(answer, target);
            if (type == RecordType.CNAME || answer.Records(type).Any(record => record.Owner == end) || !answer.Records(RecordType.CNAME).Any())
            {
                return answer;
            }

            target = end;
        }

        throw new DnsFailureException(new Failure(
            FailureReason.Mismatch, null, $"{name} is an alias of an alias, more than {MaxAliases} times.", "Look for a loop of CNAME records."));
    }

    private async Task<IReadOnlyList<IPAddress>> LookupAddressesAsync(DomainName host, int depth, CancellationToken cancellation)
    {
        var addresses = new List<IPAddress>();
        foreach (var type in (RecordType[])[RecordType.A, RecordType.AAAA])
        {
            var answer = await LookupAsync(host, type, depth, cancellation).ConfigureAwait(false);
            addresses.AddRange(answer.Records(type).Select(record => new IPAddress(record.Rdata.Span)));
        }

        return addresses;
    }

    // From the root to servers that answer for the name themselves; also tells who these are.
    private async Task<(LookupAnswer Answer, IReadOnlyList<IPEndPoint> Servers)> DescendAsync(
        DomainName name, RecordType type, int depth, CancellationToken cancellation)
    {
        var servers = _servers;
        var zone = DomainName.Root;
        for (var i = 0; i < MaxReferrals; i++)
        {
            var answer = await AskAnyAsync(servers, name, type, wantsRecursion: false, cancellation).ConfigureAwait(false);
            // Servers that do not know DS refer to the zone itself, whose servers know nothing about its DS set.
            if (answer.Referral is not { } cut || (type == RecordType.DS && cut == name))
            {
                return (answer, servers);
            }

            // A referral that leads upwards or aside would lead round in circles.
            if (!name.IsSubdomainOf(cut) || !cut.IsSubdomainOf(zone) || cut == zone)
            {
                throw new DnsFailureException(new Failure(
                    FailureReason.NotAuthoritative, answer.Server, $"{answer.Server} should answer for {name} and refers to {cut}.", "The delegation is lame: correct its NS records."));
            }

            servers = await ServersOfAsync(cut, answer, depth, cancellation).ConfigureAwait(false);
            zone = cut;
        }

        throw new DnsFailureException(
            new Failure(FailureReason.NotAuthoritative, null, $"The referrals for {name} do not end.", "Look into the delegations above it."));
    }

    // The parent answers for a zone's DS set with authority (RFC 4035 §3.1.4.1), so the way to the DS ends at the parent's servers.
    private async Task<(DomainName Parent, IReadOnlyList<IPEndPoint> Servers)> FindParentAsync(DomainName zone, CancellationToken cancellation)
    {
        if (!_recursive)
        {
            var (answer, servers) = await DescendAsync(zone, RecordType.DS, depth: 0, cancellation).ConfigureAwait(false);
            return (await ApexAsync(zone, servers, answer, cancellation).ConfigureAwait(false), servers);
        }

        var soa = await LookupAsync(zone.Parent, RecordType.SOA, cancellation).ConfigureAwait(false);
        var parent = SoaOwner(soa) ?? throw NoParent(zone, soa.Server);
        var ns = await LookupAsync(parent, RecordType.NS, cancellation).ConfigureAwait(false);
        return (parent, await ServersOfAsync(parent, ns, depth: 0, cancellation).ConfigureAwait(false));
    }

    private async Task<DomainName> ApexAsync(DomainName zone, IReadOnlyList<IPEndPoint> servers, LookupAnswer ds, CancellationToken cancellation)
    {
        if (ds.Answers.Count == 0 && SoaOwner(ds) is { } owner)
        {
            return owner;
        }

        var soa = await AskAnyAsync(servers, zone.Parent, RecordType.SOA, wantsRecursion: false, cancellation).ConfigureAwait(false);
        return SoaOwner(soa) ?? throw NoParent(zone, soa.Server);
    }

    private async Task<ParentView> ViewAsync(IPEndPoint server, DomainName parent, DomainName zone, CancellationToken cancellation)
    {
        try
        {
            var ns = await AskAsync(server, zone, RecordType.NS, cancellation).ConfigureAwait(false);
            var ds = await AskAsync(server, zone, RecordType.DS, cancellation).ConfigureAwait(false);
            if (Rejection(ns) is { } failure)
            {
                return new ParentView(server, parent, [], [], [], IsFromChild: false, failure);
            }

            var set = ns.Answers.Concat(ns.Authorities).Where(record => record.Type == RecordType.NS && record.Owner == zone);
            return new ParentView(
                server, parent, [.. set.Select(Target).Order()], [.. ns.Additionals.Where(IsAddress)], [.. ds.Records(RecordType.DS).Where(record => record.Owner == zone)],
                IsFromChild: ns.Records(RecordType.NS).Any(), null);
        }
        catch (DnsFailureException error)
        {
            return new ParentView(server, parent, [], [], [], IsFromChild: false, error.Failure);
        }
    }

    private async Task<LookupAnswer> AskAnyAsync(
        IReadOnlyList<IPEndPoint> servers, DomainName name, RecordType type, bool wantsRecursion, CancellationToken cancellation)
    {
        Failure? failure = null;
        foreach (var server in servers)
        {
            try
            {
                var answer = await _inquiry.AskAsync(server, name, type, wantsRecursion, cancellation).ConfigureAwait(false);
                failure = Rejection(answer);
                if (failure is null)
                {
                    return answer;
                }
            }
            catch (DnsFailureException error)
            {
                failure = error.Failure;
            }
        }

        throw new DnsFailureException(failure!);
    }

    // The servers of a zone cut: by the addresses that came with the NS set, else by looking their names up.
    private async Task<IReadOnlyList<IPEndPoint>> ServersOfAsync(DomainName cut, LookupAnswer referral, int depth, CancellationToken cancellation)
    {
        var hosts = referral.Answers.Concat(referral.Authorities).Where(record => record.Type == RecordType.NS && record.Owner == cut).Select(Target).ToList();
        var addresses = referral.Additionals.Where(record => IsAddress(record) && hosts.Contains(record.Owner)).Select(record => new IPAddress(record.Rdata.Span)).ToList();
        Failure? failure = null;
        foreach (var host in addresses.Count > 0 || depth == MaxDepth ? [] : hosts)
        {
            try
            {
                addresses.AddRange(await LookupAddressesAsync(host, depth + 1, cancellation).ConfigureAwait(false));
            }
            catch (DnsFailureException error)
            {
                failure = error.Failure;
            }
        }

        return addresses.Count > 0
            ? [.. addresses.Distinct().OrderBy(address => address.AddressFamily).Select(address => new IPEndPoint(address, _options.Port))]
            : throw new DnsFailureException(failure ?? new Failure(
                FailureReason.NameError, referral.Server, $"None of the name servers of {cut} has an address.", "Add address records for them, and glue at the parent."));
    }

    private static void RefuseRoot(DomainName zone)
    {
        if (zone.IsRoot)
        {
            throw new DnsFailureException(new Failure(FailureReason.NameError, null, "The root zone has no parent.", "Give another zone."));
        }
    }

    private static DomainName EndOfAliases(LookupAnswer answer, DomainName name)
    {
        for (var i = 0; i < answer.Answers.Count; i++)
        {
            if (answer.Answers.FirstOrDefault(record => record.Type == RecordType.CNAME && record.Owner == name) is not { } alias)
            {
                break;
            }

            name = Target(alias);
        }

        return name;
    }

    private static Failure? Rejection(LookupAnswer answer) => answer.ResponseCode switch
    {
        ResponseCode.NoError or ResponseCode.NXDomain => null,
        ResponseCode.Refused => Reject(answer, FailureReason.Refused),
        ResponseCode.ServFail => Reject(answer, FailureReason.ServerFailure),
        _ => Reject(answer, FailureReason.OtherResponseCode),
    };

    private static Failure Reject(LookupAnswer answer, FailureReason reason) =>
        new(
            reason, answer.Server, $"{answer.Server} answers {answer.ResponseCode} for {answer.Name}.",
            "Check that the server serves this name and lets this machine ask.")
        {
            ResponseCode = answer.ResponseCode,
        };

    private static DnsFailureException NoParent(DomainName zone, IPEndPoint server) =>
        new(new Failure(FailureReason.NotAuthoritative, server, $"{server} does not tell which zone {zone} lies in.", "Give another resolver or root hint."));

    private static DomainName? SoaOwner(LookupAnswer answer) =>
        answer.Answers.Concat(answer.Authorities).FirstOrDefault(record => record.Type == RecordType.SOA)?.Owner;

    private static DomainName Target(ResourceRecord record) => DomainName.FromWire(record.Rdata.Span);

    private static bool IsAddress(ResourceRecord record) => record.Type is RecordType.A or RecordType.AAAA;
}
