using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tests.Wire;

/// <summary>Short ways to records and messages.</summary>
internal static class WireTestData
{
    public static DomainName Name(string text) => DomainName.Parse(text);

    public static byte[] Octets(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static ResourceRecord Record(string owner, RecordType type, byte[] rdata, uint ttl = 3600) => new(Name(owner), type, RecordClass.IN, ttl, rdata);

    public static ResourceRecord A(string owner, byte last = 1) => Record(owner, RecordType.A, [192, 0, 2, last]);

    public static ResourceRecord NS(string owner, string target) => Record(owner, RecordType.NS, Name(target).Wire.ToArray());

    public static ResourceRecord Soa(string owner, uint serial) => Record(
        owner, RecordType.SOA,
        [.. Name("ns1." + owner).Wire, .. Name("hostmaster." + owner).Wire, (byte)(serial >> 24), (byte)(serial >> 16), (byte)(serial >> 8), (byte)serial,
            0, 0, 14, 16, 0, 0, 3, 132, 0, 9, 58, 128, 0, 0, 1, 44]);

    /// <summary>All records of a message, or its error.</summary>
    public static (MessageError Error, List<(MessageSection Section, ResourceRecord Record)> Records) ReadAll(ReadOnlySpan<byte> message)
    {
        var records = new List<(MessageSection, ResourceRecord)>();
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            records.Add((reader.Section, ResourceRecord.From(record)));
        }

        return (reader.Error, records);
    }
}
