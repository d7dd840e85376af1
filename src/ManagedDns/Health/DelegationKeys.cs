using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Health;

/// <summary>The DS records that belong at the parent of a zone, made from the keys that our server shows the world.</summary>
internal static class DelegationKeys
{
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<DnsKey>> KeysAsync(Remote server, DomainName zone, CancellationToken cancellation)
    {
        var records = await OwnAnswers.RecordsAsync(server, zone, RecordType.DNSKEY, cancellation).ConfigureAwait(false);
        return [.. records.Select(record => DnsKey.TryRead(record.Rdata.Span)).OfType<DnsKey>().Where(key => key.IsZoneKey && !key.IsRevoked)];
    }

    /// <summary>
    /// One for each key that is a secure entry point, or for each key where none is; digest SHA-256 (RFC 8624 §3.3). None: not signed.
    /// </summary>
    /// <exception cref="DnsFailureException">No answer.</exception>
    public static async Task<IReadOnlyList<ResourceRecord>> DsRecordsAsync(Remote server, DomainName zone, CancellationToken cancellation)
    {
        var keys = await KeysAsync(server, zone, cancellation).ConfigureAwait(false);
        var entries = keys.Any(key => key.IsSecureEntryPoint) ? keys.Where(key => key.IsSecureEntryPoint) : keys;
        return DsRecords(zone, entries);
    }

    public static IReadOnlyList<ResourceRecord> DsRecords(DomainName zone, IEnumerable<DnsKey> keys) =>
        [.. keys.Select(key => new ResourceRecord(zone, RecordType.DS, RecordClass.IN, Ttl: 3600, key.Ds(zone, DsDigestType.Sha256)))];
}
