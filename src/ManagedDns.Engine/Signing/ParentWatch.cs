using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Signing;

/// <summary>Asks every name server of a parent for a zone's DS.</summary>
internal sealed class ParentWatch(DnsClient client, TimeProvider time)
{
    private static readonly QueryOptions s_options = new() { UdpPayloadSize = 1232, DnssecOk = true };

    public async Task<DsObservation> LookAsync(DomainName zone, IReadOnlyCollection<ZoneServer> servers, CancellationToken cancellation)
    {
        var at = time.GetUtcNow();
        var answers = await Task.WhenAll(servers.Select(server => AskAsync(zone, server, cancellation))).ConfigureAwait(false);

        // A family of addresses that this machine has no way to tells nothing of a server that answers at another address.
        var counting = answers.Where(answer => answer.Failure is not { Reason: FailureReason.Unreachable } || answer.Server.HostName is not { } host
            || !answers.Any(other => other.Failure is null && Equals(other.Server.HostName, host)));
        return new(at, [.. counting]) { Failure = counting.Select(answer => answer.Failure).FirstOrDefault(failure => failure is not null) };
    }

    private async Task<DsAnswer> AskAsync(DomainName zone, ZoneServer server, CancellationToken cancellation)
    {
        try
        {
            var response = await client.QueryAsync(new(server.EndPoint), zone, RecordType.DS, s_options, cancellation).ConfigureAwait(false);
            return Read(zone, server, response);
        }
        catch (DnsFailureException e)
        {
            return new(server, [], TimeSpan.Zero, e.Failure);
        }
    }

    private static DsAnswer Read(DomainName zone, ZoneServer server, DnsResponse response)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        var ttl = 0u;
        var isNegative = false;
        var reader = new MessageReader(response.Message.Span, stackalloc byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.DS && reader.Section == MessageSection.Answer && WireName.Equals(record.Owner, zone.Wire))
            {
                records.Add(record.Rdata.ToArray());
                ttl = Math.Max(ttl, record.Ttl);
            }
            else if (record.Type == RecordType.SOA && !WireName.Equals(record.Owner, zone.Wire) && Soa.TryRead(record.Rdata, out var soa))
            {
                // That there is none may be remembered for so long. The zone's own servers would say so too, and know nothing of it.
                isNegative = true;
                ttl = Math.Max(ttl, Math.Min(record.Ttl, soa.Minimum));
            }
        }

        var answers = response is { Code: ResponseCode.NoError or ResponseCode.NXDomain, IsAuthoritative: true } && (isNegative || records.Count > 0);
        return answers
            ? new(server, [.. records], TimeSpan.FromSeconds(ttl))
            : new(server, [], TimeSpan.Zero, new(
                FailureReason.NotAuthoritative, server.EndPoint,
                $"{server} does not answer for the parent of {zone.ToDisplayString()} with authority ({response.Code}).",
                $"Have it served there, or taken out of the parent's NS records; or say which servers count: Enable-ZoneSigning -Name {zone.ToDisplayString()} -ParentServer."));
    }
}
