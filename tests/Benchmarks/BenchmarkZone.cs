using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Benchmarks;

/// <summary>The zone that the benchmarks ask: many hosts and delegations, one wildcard; with NSEC and RRSIGs (whose signatures are made up) or without.</summary>
internal sealed class BenchmarkZone
{
    public const int Hosts = 50_000;
    public const int Cuts = 10_000;

    public static readonly DomainName Apex = DomainName.Parse("bench.example.");

    private static readonly string s_signature = Convert.ToBase64String([.. Enumerable.Range(1, 64).Select(i => (byte)i)]);

    private readonly StringBuilder _text = new();
    private readonly List<(string Owner, string Types)> _signed = [];

    private BenchmarkZone()
    {
        // In canonical order, as the NSEC chain runs.
        Add("@", "SOA NS", "SOA ns hostmaster 1 3600 900 604800 300", "NS ns");
        Add("alias", "CNAME", $"CNAME {Host(0)}");
        Add("*.any", "A", "A 192.0.2.2");
        for (var i = 0; i < Hosts; i++)
        {
            Add(Host(i), "A AAAA", $"A 192.0.2.{i % 256}", $"AAAA 2001:db8::{i:x}");
        }

        for (var i = 0; i < Cuts; i++)
        {
            Add(Cut(i), "NS", $"NS ns1.{Cut(i)}", $"NS ns2.{Cut(i)}");
            _text.AppendLine($"ns1.{Cut(i)} 300 IN A 192.0.2.3").AppendLine($"ns2.{Cut(i)} 300 IN A 192.0.2.4");
        }

        Add("ns", "A", "A 192.0.2.1");
    }

    public static string Host(int number) => $"h{number:D6}";

    public static string Cut(int number) => $"k{number:D6}";

    public static ZoneContents Build(bool signed)
    {
        var zone = new BenchmarkZone();
        if (signed)
        {
            zone.Sign();
        }

        using var builder = new ZoneBuilder(Apex);
        using var reader = ZoneFileReader.FromText(zone._text.ToString(), Apex);
        while (reader.Read())
        {
            builder.Add(reader.Current);
        }

        return builder.Build();
    }

    private void Add(string owner, string types, params string[] records)
    {
        _signed.Add((owner, types));
        foreach (var record in records)
        {
            _text.AppendLine($"{owner} 300 IN {record}");
        }
    }

    private void Sign()
    {
        for (var i = 0; i < _signed.Count; i++)
        {
            var (owner, types) = _signed[i];
            _text.AppendLine($"{owner} 300 IN NSEC {_signed[(i + 1) % _signed.Count].Owner} {types} RRSIG NSEC");
            foreach (var type in $"{types} NSEC".Split(' '))
            {
                // The NS records of a cut are not ours to sign.
                if (type != "NS" || owner == "@")
                {
                    _text.AppendLine($"{owner} 300 IN RRSIG {type} 13 {(owner == "@" ? 2 : 3)} 300 20300101000000 20260101000000 1 @ {s_signature}");
                }
            }
        }
    }
}
