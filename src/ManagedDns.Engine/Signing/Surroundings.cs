using System.Net;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Plans;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What signing knows of the world around a zone, as of the settings that apply.</summary>
/// <param name="Lookup">Finds parents and hosts; null: parents are only those that were given.</param>
/// <param name="Settings">For this service's host names, whose addresses need no look-up, and for keys.</param>
internal sealed record Surroundings(IOutsideLookup? Lookup, ServiceSettings Settings)
{
    public static readonly Surroundings None = new(null, ServiceSettings.Empty);

    /// <summary>Of name servers that are known by their names.</summary>
    public int Port => Settings.Server.Lookups.Port;

    /// <summary>Where a host's name server is reached as far as the settings tell; none where they do not.</summary>
    public IReadOnlyList<IPEndPoint> Managed(Dns.DomainName host) =>
        [.. Settings.NameServers.Where(server => server.HostName == host).SelectMany(server => server.Addresses).Select(address => new IPEndPoint(address, Port))];

    /// <summary>The primary of a parent zone of one's own, as it is talked to.</summary>
    public Remote Remote(ParentPrimary primary) => CommonPlan.ToRemote(primary.EndPoint, primary.TsigKeyId, Settings);
}
