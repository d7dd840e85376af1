using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Zones;

/// <summary>Zones and records from master-file text.</summary>
internal static class ZoneFiles
{
    public const string Soa = "@ 3600 IN SOA ns1 hostmaster 7 3600 900 604800 300\n@ 3600 IN NS ns1\nns1 3600 IN A 192.0.2.1\n";

    /// <summary>A zone of more than two megabytes: only in such a one are RRsets kept once that many owners have alike.</summary>
    public static string Large { get; } = Soa + string.Concat(Enumerable.Range(0, 40).Select(number => $"large{number} 1 TYPE65280 \\# 60000 {Filler(number)}\n"));

    public static ZoneContents Build(string apex, string text, MemoryGauge? gauge = null)
    {
        var origin = DomainName.Parse(apex);
        using var builder = new ZoneBuilder(origin, gauge);
        using var reader = ZoneFileReader.FromText(text, origin);
        while (reader.Read())
        {
            builder.Add(reader.Current);
        }

        return builder.Build();
    }

    public static IReadOnlyList<ResourceRecord> Records(string apex, string text)
    {
        var records = new List<ResourceRecord>();
        using var reader = ZoneFileReader.FromText(text, DomainName.Parse(apex));
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return records;
    }

    public static List<ResourceRecord> Walk(ZoneContents contents)
    {
        var records = new List<ResourceRecord>();
        using var walk = contents.Walk();
        while (walk.MoveNext())
        {
            records.Add(ResourceRecord.From(walk.Current));
        }

        return records;
    }

    private static string Filler(int number)
    {
        var octets = new byte[60_000];
        octets.AsSpan().Fill((byte)number);
        return Convert.ToHexString(octets);
    }
}
