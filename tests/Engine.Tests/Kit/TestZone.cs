using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>Zones for tests, written as master files.</summary>
internal static class TestZone
{
    public static readonly DomainName Name = DomainName.Parse("example.org");

    /// <summary>A small zone that passes every check. Timers in seconds.</summary>
    public static string Text(uint serial, string more = "", uint refresh = 3600, uint retry = 600, uint expire = 86400) => $"""
        $TTL 300
        @    SOA  ns1 hostmaster {serial} {refresh} {retry} {expire} 60
        @    NS   ns1
        ns1  A    192.0.2.1
        www  A    192.0.2.80
        {more}

        """;

    public static ZoneContents Build(string text, DomainName? name = null)
    {
        using var reader = ZoneFileReader.FromText(text, name ?? Name);
        using var builder = new ZoneBuilder(name ?? Name);
        while (reader.Read())
        {
            builder.Add(reader.Current);
        }

        return builder.Build();
    }

    /// <summary>Records in presentation format, one a line.</summary>
    public static List<ResourceRecord> Records(string text)
    {
        using var reader = ZoneFileReader.FromText("$TTL 300\n" + text + "\n", Name);
        var records = new List<ResourceRecord>();
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return records;
    }
}
