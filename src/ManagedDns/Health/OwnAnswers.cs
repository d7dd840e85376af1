using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;
using ManagedDns.Settings;

namespace ManagedDns.Health;

/// <summary>Asks our own server over the network, as the world does.</summary>
internal static class OwnAnswers
{
    private static readonly QueryOptions s_impatient = new() { Tries = 2, Timeout = TimeSpan.FromSeconds(1) };

    /// <summary>An address at which this machine reaches the server; null while it listens nowhere.</summary>
    public static Remote? Remote(ServerStatus? running) => running?.EndPoints switch
    {
        { Length: > 0 } endPoints => new Remote(Reachable(endPoints.FirstOrDefault(endPoint => !OwnEndPoints.IsAny(endPoint.Address)) ?? endPoints[0])),
        _ => null,
    };

    public static Task<SoaAnswer> SoaAsync(Remote server, DomainName zone, CancellationToken cancellation) =>
        new DnsClient(TimeProvider.System).QuerySoaAsync(server, zone, s_impatient, cancellation);

    /// <summary>The host names in the apex NS set that a server answers with.</summary>
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<DomainName>> NameServersAsync(Remote server, DomainName zone, CancellationToken cancellation)
    {
        var response = await new DnsClient(TimeProvider.System).QueryAsync(server, zone, RecordType.NS, s_impatient, cancellation).ConfigureAwait(false);
        return Read(response.Message.Span, zone);
    }

    private static List<DomainName> Read(ReadOnlySpan<byte> message, DomainName zone)
    {
        var names = new List<DomainName>();
        var reader = new MessageReader(message, stackalloc byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (reader.Section == MessageSection.Answer && record.Type == RecordType.NS && WireName.Equals(record.Owner, zone.Wire))
            {
                names.Add(DomainName.FromWire(record.Rdata));
            }
        }

        return names;
    }

    private static IPEndPoint Reachable(IPEndPoint endPoint) =>
        endPoint.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, endPoint.Port)
        : endPoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, endPoint.Port)
        : endPoint;
}
