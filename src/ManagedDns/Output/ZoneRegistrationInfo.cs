using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>What belongs at the parent of a zone: to be handed to the registrar.</summary>
public sealed class ZoneRegistrationInfo
{
    public required string Name { get; init; }

    /// <summary>The host names for the NS set of the delegation.</summary>
    public string[] NameServers { get; init; } = [];

    /// <summary>
    /// Each host name with its addresses, as <c>ns1.example.net 192.0.2.53 2001:db8::53</c>; those inside the zone are needed as glue.
    /// </summary>
    public string[] Hosts { get; init; } = [];

    /// <summary>RDATA of the DS records, as <c>12345 13 2 …</c>; none for a zone that is not signed.</summary>
    public string[] DsRecords { get; init; } = [];

    /// <summary>All of it as records in presentation format, to paste.</summary>
    public required string Text { get; init; }

    public override string ToString() => Text;

    internal static ZoneRegistrationInfo Of(DomainName zone, ImmutableArray<ManagedNameServer> servers, IReadOnlyList<ResourceRecord> ds)
    {
        string[] rdata = [.. ds.Select(record => RdataText.Format(record.Type, record.Class, record.Rdata.Span))];
        var ns = servers.Select(server => $"{zone} IN NS {server.HostName}");
        var glue = servers.Where(server => server.HostName.IsSubdomainOf(zone)).SelectMany(
            server => server.Addresses.Select(address => $"{server.HostName} IN {Type(address)} {address}"));
        return new()
        {
            Name = zone.ToDisplayString(),
            NameServers = [.. servers.Select(server => server.HostName.ToDisplayString())],
            Hosts = [.. servers.Select(server => string.Join(' ', [server.HostName.ToDisplayString(), .. server.Addresses.Select(a => a.ToString())]))],
            DsRecords = rdata,
            Text = string.Join('\n', [.. ns, .. glue, .. rdata.Select(text => $"{zone} IN DS {text}")]),
        };
    }

    private static string Type(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "AAAA" : "A";
}
