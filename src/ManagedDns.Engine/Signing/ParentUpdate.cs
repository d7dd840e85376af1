using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Signing;

/// <summary>Puts a zone's DS RRset into a parent zone of one's own by a signed update of its primary (RFC 2136): old and new change places in one step.</summary>
internal sealed class ParentUpdate(DnsClient client)
{
    /// <param name="ds">RDATA of the DS records; none: there is to be no DS.</param>
    /// <param name="ttl">Of the DS records, in seconds.</param>
    /// <exception cref="DnsFailureException">It did not take it.</exception>
    public async Task PutAsync(Remote primary, DomainName zone, IReadOnlyList<byte[]> ds, uint ttl, CancellationToken cancellation)
    {
        var parent = await FindParentAsync(primary, zone, cancellation).ConfigureAwait(false);
        try
        {
            // RFC 2136 §2.4.1: only where there is a delegation; a DS without NS would be no DS but an error in the parent.
            ResourceRecord[] delegation = [new(zone, RecordType.NS, RecordClass.ANY, 0, ReadOnlyMemory<byte>.Empty)];
            ResourceRecord[] changes =
            [
                new(zone, RecordType.DS, RecordClass.ANY, 0, ReadOnlyMemory<byte>.Empty),
                .. ds.Select(rdata => new ResourceRecord(zone, RecordType.DS, RecordClass.IN, ttl, rdata)),
            ];
            await client.UpdateAsync(primary, parent, delegation, changes, cancellation: cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (e.Failure.ResponseCode == ResponseCode.NXRRSet)
        {
            throw new DnsFailureException(
                e.Failure with
                {
                    Reason = FailureReason.NameError,
                    Message = $"{primary.EndPoint} does not delegate {zone.ToDisplayString()}: {parent.ToDisplayString()} has no NS records of that name, so it takes no DS.",
                    Remedy = $"Add the NS records of {zone.ToDisplayString()} to {parent.ToDisplayString()}.",
                },
                e);
        }
    }

    /// <summary>The zone that the primary has above this one: what it says of the name above.</summary>
    private async Task<DomainName> FindParentAsync(Remote primary, DomainName zone, CancellationToken cancellation)
    {
        var response = await client.QueryAsync(primary, zone.Parent, RecordType.SOA, cancellation: cancellation).ConfigureAwait(false);
        var reader = new MessageReader(response.Message.Span, new byte[MessageReader.ScratchLength]);
        while (response.IsAuthoritative && reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.SOA && DomainName.FromWire(record.Owner) is var owner && zone.IsSubdomainOf(owner) && owner != zone)
            {
                return owner;
            }
        }

        throw new DnsFailureException(new(
            FailureReason.NotAuthoritative, primary.EndPoint,
            $"{primary.EndPoint} is no primary of a zone above {zone.ToDisplayString()} ({response.Code}).",
            $"Give the primary name server of the parent zone: Enable-ZoneSigning -Name {zone.ToDisplayString()} -ParentPrimary."));
    }
}
