using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.KeyFiles;

/// <summary>A DNSKEY as operators hand it to each other: a whole record, or what follows DNSKEY in it.</summary>
internal static class DnsKeyText
{
    /// <exception cref="Store.StoreException"><see cref="Store.StoreError.Invalid"/>: that is none, or of another zone.</exception>
    public static DnsKey Read(string text, DomainName zone)
    {
        var isRecord = text.Contains(" DNSKEY ", StringComparison.OrdinalIgnoreCase) || text.Contains("\tDNSKEY", StringComparison.OrdinalIgnoreCase);
        try
        {
            using var reader = isRecord
                ? ZoneFileReader.FromText($"$TTL 1\n{text}\n", DomainName.Root)
                : ZoneFileReader.FromText($"$TTL 1\n@ DNSKEY {text}\n", zone);
            if (reader.Read() && reader.Current.Type == RecordType.DNSKEY && DnsKey.TryRead(reader.Current.Rdata) is { } key)
            {
                return DomainName.FromWire(reader.Current.Owner) is var owner && owner == zone ? key : throw Names.Invalid(
                    text, $"'{text}' is a key of {owner.ToDisplayString()}, not of {zone.ToDisplayString()}.", $"Give the DNSKEYs of {zone.ToDisplayString()}.");
            }
        }
        catch (ZoneFileException)
        {
            // Told below.
        }

        throw Names.Invalid(text, $"'{text}' is no DNSKEY.", "Write it as dig prints it: 257 3 13 and the key in base64, or the whole record.");
    }
}
