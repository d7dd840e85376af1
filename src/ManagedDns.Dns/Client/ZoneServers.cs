using System.Net;

namespace ManagedDns.Dns.Client;

/// <summary>One address of a name server of a zone.</summary>
/// <param name="HostName">Null where only the address is known.</param>
public sealed record ZoneServer(IPEndPoint EndPoint, DomainName? HostName)
{
    public override string ToString() => HostName is null ? EndPoint.ToString() : $"{EndPoint} ({HostName.ToDisplayString()})";
}

/// <summary>A zone and every address of every one of its name servers.</summary>
public sealed record ZoneServers(DomainName Apex, IReadOnlyList<ZoneServer> Servers);
