using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;

namespace ManagedDns.Model;

/// <summary>Finds what lies in other people's zones: the servers of a zone's parent, the addresses of a host. Thread-safe.</summary>
/// <remarks>Failures are <see cref="DnsFailureException"/>s.</remarks>
public interface IOutsideLookup
{
    /// <summary>The zone that delegates <paramref name="zone"/>, with all its name servers.</summary>
    Task<ZoneServers> FindParentAsync(DomainName zone, CancellationToken cancellation);

    /// <summary>Where name servers on a host are reached; none where it has no address.</summary>
    Task<IReadOnlyList<IPEndPoint>> FindHostAsync(DomainName host, CancellationToken cancellation);

    /// <summary>Where the parent wants to be told of changed CDS and CDNSKEY (RFC 9859); none where it does not say.</summary>
    Task<IReadOnlyList<ZoneServer>> FindNotifyTargetsAsync(DomainName zone, CancellationToken cancellation);
}
