using System.Collections.Immutable;
using System.Net;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What signing knows of the world around a zone, as of the settings that apply.</summary>
/// <param name="Lookup">Finds parents and hosts; null: parents are only those that were given.</param>
/// <param name="NameServers">This service's host names, whose addresses need no look-up.</param>
/// <param name="Port">Of name servers that are known by their names.</param>
internal sealed record Surroundings(IOutsideLookup? Lookup, ImmutableArray<ManagedNameServer> NameServers, int Port)
{
    public static readonly Surroundings None = new(null, [], 53);

    public static Surroundings Of(ServiceSettings settings, IOutsideLookup? lookup) => new(lookup, settings.NameServers, settings.Server.Lookups.Port);

    /// <summary>Where a host's name server is reached as far as the settings tell; none where they do not.</summary>
    public IReadOnlyList<IPEndPoint> Managed(Dns.DomainName host) =>
        [.. NameServers.Where(server => server.HostName == host).SelectMany(server => server.Addresses).Select(address => new IPEndPoint(address, Port))];
}
