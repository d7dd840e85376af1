using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Whether all name servers of a zone show the keys that were published here: before that its parent need not be asked for anything, since it looks at all of
/// them too, and a DS for a key that one of them lacks would break the zone there.
/// </summary>
internal sealed class OwnServers(DnsClient client)
{
    private static readonly QueryOptions s_options = new() { UdpPayloadSize = 1232 };

    private static readonly RecordType[] s_types = [RecordType.DNSKEY, RecordType.CDS, RecordType.CDNSKEY];

    /// <summary>Says which server does not show them yet; null where all do.</summary>
    /// <param name="published">The version served here.</param>
    /// <param name="amongOthers">
    /// The keys of ours that all servers of the zone must have in their DNSKEY RRsets, where some of them are another signer's (RFC 8901); null: all show
    /// the same RRset.
    /// </param>
    public async Task<string?> FindLaggardAsync(
        ZoneContents published, IReadOnlyList<DnsKey>? amongOthers, Surroundings surroundings, CancellationToken cancellation)
    {
        var zone = published.Apex;
        var expected = s_types.ToDictionary(
            type => type,
            type => type == RecordType.DNSKEY && amongOthers is not null
                ? new Expected([.. amongOthers.Select(key => key.Rdata.ToArray())], MayBeMore: true)
                : new Expected([.. published.Find(zone, type).Select(record => record.Rdata.ToArray())], MayBeMore: false));
        foreach (var host in published.Find(zone, RecordType.NS).Select(record => DomainName.FromWire(record.Rdata.Span)))
        {
            var addresses = await AddressesAsync(host, published, surroundings, cancellation).ConfigureAwait(false);
            if (addresses.Count == 0)
            {
                return $"{host.ToDisplayString()}, a name server of the zone, has no address";
            }

            foreach (var address in addresses)
            {
                var server = new ZoneServer(address, host);
                foreach (var (type, records) in expected)
                {
                    if (await ComplaintAsync(zone, server, type, records, cancellation).ConfigureAwait(false) is { } complaint)
                    {
                        return complaint;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>Where a name server of the zone is reached: by the settings, by the zone's own records, by looking it up.</summary>
    private static async Task<IReadOnlyList<IPEndPoint>> AddressesAsync(
        DomainName host, ZoneContents zone, Surroundings surroundings, CancellationToken cancellation)
    {
        if (surroundings.Managed(host) is { Count: > 0 } managed)
        {
            return managed;
        }

        if (host.IsSubdomainOf(zone.Apex))
        {
            return [.. zone.Find(host, RecordType.A).Concat(zone.Find(host, RecordType.AAAA))
                .Select(record => new IPEndPoint(new IPAddress(record.Rdata.Span), surroundings.Port))];
        }

        return surroundings.Lookup is null ? [] : await surroundings.Lookup.FindHostAsync(host, cancellation).ConfigureAwait(false);
    }

    private async Task<string?> ComplaintAsync(
        DomainName zone, ZoneServer server, RecordType type, Expected expected, CancellationToken cancellation)
    {
        try
        {
            var response = await client.QueryAsync(new(server.EndPoint), zone, type, s_options, cancellation).ConfigureAwait(false);
            return response.Code != ResponseCode.NoError || !response.IsAuthoritative ? $"{server} to answer for the zone ({response.Code})"
                : expected.IsMetBy(Read(zone, type, response.Message.Span)) ? null
                : $"{server} to show the {type} records published here";
        }
        catch (DnsFailureException e)
        {
            return $"{server} to show the {type} records published here ({e.Failure.Reason})";
        }
    }

    private static List<byte[]> Read(DomainName zone, RecordType type, ReadOnlySpan<byte> message)
    {
        var rdatas = new List<byte[]>();
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == type && reader.Section == MessageSection.Answer && WireName.Equals(record.Owner, zone.Wire))
            {
                rdatas.Add(record.Rdata.ToArray());
            }
        }

        return rdatas;
    }

    /// <summary>RDATA that a server must show.</summary>
    private sealed record Expected(IReadOnlyList<byte[]> Rdatas, bool MayBeMore)
    {
        public bool IsMetBy(List<byte[]> shown) =>
            (MayBeMore || shown.Count == Rdatas.Count) && Rdatas.All(rdata => shown.Contains(rdata, OctetsComparer.Instance));
    }
}
