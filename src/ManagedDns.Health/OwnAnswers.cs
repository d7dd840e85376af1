using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>Asks our own server over the network, as the world does.</summary>
public static class OwnAnswers
{
    private static readonly QueryOptions s_impatient = new() { Tries = 2, Timeout = TimeSpan.FromSeconds(1) };

    /// <summary>An address at which this machine reaches the server; null while it listens nowhere.</summary>
    public static Remote? Remote(ServerStatus? running) => running?.EndPoints switch
    {
        { Length: > 0 } endPoints =>
            new Remote(Reachable(endPoints.FirstOrDefault(endPoint => !OwnEndPoints.IsAny(endPoint.Address)) ?? endPoints[0])),
        _ => null,
    };

    public static Task<SoaAnswer> SoaAsync(Remote server, DomainName zone, CancellationToken cancellation) =>
        new DnsClient(TimeProvider.System).QuerySoaAsync(server, zone, s_impatient, cancellation);

    /// <summary>The host names in the apex NS set that a server answers with.</summary>
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<DomainName>> NameServersAsync(Remote server, DomainName zone, CancellationToken cancellation) =>
        [.. (await RecordsAsync(server, zone, RecordType.NS, cancellation).ConfigureAwait(false)).Select(ns => DomainName.FromWire(ns.Rdata.Span))];

    /// <summary>The addresses of a host that our server knows: its own zones only.</summary>
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<IPAddress>> AddressesAsync(Remote server, DomainName host, CancellationToken cancellation)
    {
        var ipv4 = await RecordsAsync(server, host, RecordType.A, cancellation).ConfigureAwait(false);
        var ipv6 = await RecordsAsync(server, host, RecordType.AAAA, cancellation).ConfigureAwait(false);
        return [.. ipv4.Concat(ipv6).Select(record => new IPAddress(record.Rdata.Span))];
    }

    /// <summary>The records of the answer section that have the name and type asked for.</summary>
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<ResourceRecord>> RecordsAsync(
        Remote server, DomainName name, RecordType type, CancellationToken cancellation)
    {
        var response = await new DnsClient(TimeProvider.System).QueryAsync(server, name, type, s_impatient, cancellation).ConfigureAwait(false);
        return Read(response.Message.Span, name, type);
    }

    private static List<ResourceRecord> Read(ReadOnlySpan<byte> message, DomainName name, RecordType type)
    {
        var records = new List<ResourceRecord>();
        var reader = new MessageReader(message, stackalloc byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (reader.Section == MessageSection.Answer && record.Type == type && WireName.Equals(record.Owner, name.Wire))
            {
                records.Add(ResourceRecord.From(record));
            }
        }

        return records;
    }

    private static IPEndPoint Reachable(IPEndPoint endPoint) =>
        endPoint.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, endPoint.Port)
        : endPoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, endPoint.Port)
        : endPoint;
}
