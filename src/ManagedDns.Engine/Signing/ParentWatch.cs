using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Signing;

/// <summary>Asks every name server of a parent for a zone's DS. One that does not answer makes the observation void: it may have another DS.</summary>
internal sealed class ParentWatch(DnsClient client, TimeProvider time)
{
    private static readonly QueryOptions s_options = new() { UdpPayloadSize = 1232, DnssecOk = true };

    /// <exception cref="DnsFailureException">A server gave no answer that counts.</exception>
    public async Task<DsObservation> LookAsync(DomainName zone, IReadOnlyCollection<IPEndPoint> servers, CancellationToken cancellation)
    {
        var at = time.GetUtcNow();
        var answers = await Task.WhenAll(servers.Select(server => AskAsync(zone, server, cancellation))).ConfigureAwait(false);
        var all = answers.SelectMany(answer => answer.Records).DistinctBy(record => Convert.ToHexString(record.Span)).ToList();
        var common = all.Where(record => answers.All(answer => answer.Records.Any(other => other.Span.SequenceEqual(record.Span)))).ToList();
        return new(at, common, all, answers.Max(answer => answer.Ttl));
    }

    private async Task<(List<ReadOnlyMemory<byte>> Records, TimeSpan Ttl)> AskAsync(DomainName zone, IPEndPoint server, CancellationToken cancellation)
    {
        var response = await client.QueryAsync(new(server), zone, RecordType.DS, s_options, cancellation).ConfigureAwait(false);
        if (response.Code != ResponseCode.NoError || !response.IsAuthoritative)
        {
            throw new DnsFailureException(new(
                FailureReason.NotAuthoritative, server, $"{server} does not answer with authority for the DS of {zone.ToDisplayString()} ({response.Code}).",
                "Give the name servers of the parent zone: Enable-ZoneSigning -ParentServer."));
        }

        return Read(zone, response.Message.Span);
    }

    private static (List<ReadOnlyMemory<byte>> Records, TimeSpan Ttl) Read(DomainName zone, ReadOnlySpan<byte> message)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        var ttl = TimeSpan.Zero;
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.DS && WireName.Equals(record.Owner, zone.Wire))
            {
                records.Add(record.Rdata.ToArray());
                ttl = TimeSpan.FromSeconds(Math.Max(ttl.TotalSeconds, record.Ttl));
            }
            else if (record.Type == RecordType.SOA && Soa.TryRead(record.Rdata, out var soa))
            {
                // That there is none may be remembered for so long.
                ttl = TimeSpan.FromSeconds(Math.Max(ttl.TotalSeconds, Math.Min(record.Ttl, soa.Minimum)));
            }
        }

        return (records, ttl);
    }
}
