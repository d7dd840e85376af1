using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit.Validation;

namespace ManagedDns.Benchmarks;

/// <summary>
/// The zone that the benchmarks ask: many hosts and delegations, a wildcard, a chain of aliases, a DNAME, an answer too large for UDP; with NSEC or NSEC3 records and
/// RRSIGs (whose signatures are made up) or without.
/// </summary>
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
        Add("alias", "CNAME", "CNAME alias2");
        Add("alias2", "CNAME", $"CNAME {Host(0)}");
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

        Add("large", "TXT", [.. Enumerable.Range(0, 10).Select(i => $"TXT {new string((char)('a' + i), 200)}")]);
        Add("moved", "DNAME", "DNAME @");
        Add("ns", "A", "A 192.0.2.1");
    }

    public static string Host(int number) => $"h{number:D6}";

    public static string Cut(int number) => $"k{number:D6}";

    public static ZoneContents Build(ZoneKind kind)
    {
        var zone = new BenchmarkZone();
        if (kind == ZoneKind.Nsec)
        {
            zone.ChainByName();
            zone.Sign(" NSEC");
        }
        else if (kind == ZoneKind.Nsec3)
        {
            zone._signed[0] = ("@", zone._signed[0].Types + " NSEC3PARAM");
            zone._text.AppendLine("@ 300 IN NSEC3PARAM 1 0 0 -");
            zone.ChainByHash();
            zone.Sign("");
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

    private void ChainByName()
    {
        for (var i = 0; i < _signed.Count; i++)
        {
            _text.AppendLine($"{_signed[i].Owner} 300 IN NSEC {_signed[(i + 1) % _signed.Count].Owner} {_signed[i].Types} RRSIG NSEC");
        }
    }

    /// <summary>RFC 5155 with no salt and no further iterations; the hash is of the name in wire form.</summary>
    private void ChainByHash()
    {
        // The wildcard's parent has no records, but a hash.
        var hashed = _signed.Append((Owner: "any", Types: ""))
            .Select(one => (Hash: Hash(one.Owner), one.Types)).OrderBy(one => one.Hash, StringComparer.Ordinal).ToList();
        for (var i = 0; i < hashed.Count; i++)
        {
            var types = hashed[i].Types is "" or "NS" ? hashed[i].Types : hashed[i].Types + " RRSIG";
            _text.AppendLine($"{hashed[i].Hash} 300 IN NSEC3 1 0 0 - {hashed[(i + 1) % hashed.Count].Hash} {types}");
            _text.AppendLine($"{hashed[i].Hash} 300 IN {Signature("NSEC3", labels: 3)}");
        }
    }

    private static string Hash(string owner) =>
        DenialRecords.Base32(DenialRecords.Hash(owner == "@" ? Apex : DomainName.Parse($"{owner}.{Apex}"), [], 0));

    private void Sign(string more)
    {
        foreach (var (owner, types) in _signed)
        {
            foreach (var type in (types + more).Split(' '))
            {
                // The NS records of a cut are not ours to sign.
                if (type != "NS" || owner == "@")
                {
                    _text.AppendLine($"{owner} 300 IN {Signature(type, labels: owner == "@" ? 2 : 3)}");
                }
            }
        }
    }

    private static string Signature(string type, int labels) => $"RRSIG {type} 13 {labels} 300 20300101000000 20260101000000 1 @ {s_signature}";
}
