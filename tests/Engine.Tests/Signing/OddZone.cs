using System.Globalization;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// A zone that nobody has seen before, made up from a seed: cuts with and without DS, glue and other data below them, wildcards, empty non-terminals,
/// DNAMEs, names as long as they come and labels of any octets, types of every kind. It can change at random.
/// </summary>
internal sealed class OddZone
{
    private static readonly DomainName[] s_apexes =
    [
        DomainName.Root, DomainName.Parse("tld"), DomainName.Parse("example.org"), DomainName.Parse("MixED.Case.Example"),
        DomainName.Parse(@"\000.\255.example"), DomainName.Parse($"{new string('x', 63)}.{new string('y', 63)}.example"),
        DomainName.Parse(@"8-15.2.0.192.in-addr.arpa"), DomainName.Parse(@"a\.b.example"),
        DomainName.Parse(string.Join('.', Enumerable.Repeat("d", 60))),
    ];

    private static readonly byte[][] s_labels =
    [
        .. "a A b z * 0 - _tcp xn--bcher-kva www ns1 ns @ $ \" ; ( . a.b \\ ~ ! + ) sub".Split(' ').Select(Encoding.ASCII.GetBytes),
        [0], [0, 0], [255], [1], [127], [128], [(byte)' '], [(byte)'*', 0], [(byte)'a', 0], [9], [10],
        [.. Enumerable.Repeat((byte)'l', 63)], [.. Enumerable.Repeat((byte)0xC0, 63)],
    ];

    private static readonly DomainName s_elsewhere = DomainName.Parse("Host.Somewhere.Else");

    private readonly Random _random;
    private readonly DomainName _apex;
    private readonly byte[][] _labels;
    private readonly Dictionary<(DomainName Name, string Type), (DomainName Owner, string Line)> _records = [];
    private readonly List<DomainName> _names;
    private uint _serial;

    public OddZone(int seed)
    {
        _random = new Random(seed);
        _apex = s_apexes[seed % s_apexes.Length];
        // Some verifiers cannot judge labels with octets that are zero: every third zone has none.
        _labels = seed % 3 == 0 ? [.. s_labels.Where(label => !label.Contains((byte)0))] : s_labels;
        _names = [_apex];
        _serial = (uint)_random.Next();
        Soa = $"{Host()} {Host()} {{0}} {_random.Next(1, 90_000)} 600 {_random.Next(90_000, 9_000_000)} {Pick([0, 1, 60, 86_400])}";
        Delegate(_apex);
        var count = _random.Next(3, 60);
        for (var i = 0; i < count; i++)
        {
            Add();
        }
    }

    public DomainName Apex => _apex;

    /// <summary>The serial; it comes by chance, so that it wraps around at times.</summary>
    public uint Serial => _serial;

    private string Soa { get; }

    public override string ToString() =>
        $"{_apex} 60 SOA {string.Format(CultureInfo.InvariantCulture, Soa, _serial)}\n"
        + $"{string.Join('\n', _records.Values.Select(record => record.Line))}\n";

    public ZoneContents Build() => TestZone.Build(ToString(), _apex);

    /// <summary>Takes some records away and puts others in.</summary>
    /// <returns>The names that are not as before.</returns>
    public HashSet<DomainName> Change()
    {
        var before = _records.ToDictionary();
        _serial++;
        foreach (var key in _records.Keys.Where(key => key != (_apex, "NS") && _random.Next(6) == 0 && !IsNameServer(key.Name)).ToList())
        {
            _records.Remove(key);
        }

        for (var i = _random.Next(12); i >= 0; i--)
        {
            Add();
        }

        return [.. before.Values.Except(_records.Values).Concat(_records.Values.Except(before.Values)).Select(record => record.Owner)];
    }

    private void Add()
    {
        var owner = Name();
        var cut = owner != _apex;
        switch (_random.Next(cut ? 26 : 18))
        {
            case 0: Put(owner, $"A 192.0.2.{_random.Next(256)}\nA 192.0.2.{_random.Next(256)}"); break;
            case 1: Put(owner, $"AAAA 2001:db8::{_random.Next(9999):x}"); break;
            case 2: Put(owner, $"MX {_random.Next(65_536)} {Host()}"); break;
            case 3: Put(owner, $"TXT {string.Join(' ', Several(30, _ => $"\"{new string('t', _random.Next(256))}\""))}"); break;
            case 4: Put(owner, string.Join('\n', Several(90, i => $"TXT \"{i} {new string('T', _random.Next(200))}\" \"\""))); break;
            case 5: Put(owner, $"SRV 0 1 {_random.Next(65_536)} {Host()}"); break;
            case 6: Put(owner, $"CAA 0 issue \"ca.example\\; {_random.Next()}\""); break;
            case 7: Put(owner, $"NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:x@y!\" {Host()}"); break;
            case 8: Put(owner, $"TYPE{_random.Next(65_281, 65_534)} \\# 4 {_random.Next():x8}"); break;
            case 9: Put(owner, $"TYPE{_random.Next(300, 30_000)} \\# 0"); break;
            case 10: Put(owner, $"HTTPS 1 . alpn=h2,h3 port={_random.Next(65_536)}"); break;
            case 11: Put(owner, $"TLSA 3 1 1 {Hex(32)}"); break;
            case 12: Put(owner, $"RP {Host()} {Host()}"); break;
            case 13: Put(owner, $"HINFO \"{_random.Next()}\" \"\""); break;
            case 14: Put(owner, $"PTR {Host()}"); break;
            case 15: Put(owner, $"SSHFP 4 2 {Hex(32)}"); break;
            case 16: Put(owner, $"LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"); break;
            case 17 when !owner.IsWildcard && !Has(owner, "DNAME"): Delegate(owner); break;
            case 18 when _records.Values.All(record => record.Owner != owner): Put(owner, $"CNAME {Host()}"); break;
            case 19 when !owner.IsWildcard && !Has(owner, "NS") && !IsAboveOthers(owner): Put(owner, $"DNAME {Host()}"); break;
            case >= 20 when !owner.IsWildcard && !Has(owner, "DNAME"):
                Delegate(owner);
                if (_random.Next(2) == 0)
                {
                    Put(owner, $"DS {_random.Next(65_536)} 13 2 {Hex(32)}");
                }

                break;
        }
    }

    /// <summary>Name servers for a name: one outside the zone or one below it, with the address that Knot's verifier wants there.</summary>
    private void Delegate(DomainName owner)
    {
        var host = owner.Wire.Length < DomainName.MaxWireLength - 3 && _random.Next(2) == 0 ? owner.Prepend("ns"u8) : s_elsewhere;
        Put(owner, $"NS {(Has(host, "CNAME") ? s_elsewhere : host)}\nNS {s_elsewhere}");
        foreach (var inside in new[] { host, s_elsewhere }.Where(name => name.IsSubdomainOf(_apex) && !Has(name, "CNAME")))
        {
            Put(inside, "A 192.0.2.53");
        }
    }

    private bool IsNameServer(DomainName name) => _records.Any(set => set.Key.Type == "NS"
        && set.Value.Line.Split('\n').Any(line => line.EndsWith($" NS {name}", StringComparison.OrdinalIgnoreCase)));

    /// <summary>A name to put something at: old, below an old one, or as long as it gets.</summary>
    private DomainName Name()
    {
        var name = Pick(_names);
        var labels = _random.Next(12) == 0 ? 127 : _random.Next(4);
        var isFull = labels == 127 && _random.Next(2) == 0;
        for (var i = 0; i < labels && name.LabelCount < 127; i++)
        {
            byte[] label = isFull ? [(byte)'a'] : Pick(_labels);
            if (name.Wire.Length + label.Length + 1 > DomainName.MaxWireLength)
            {
                break;
            }

            name = name.Prepend(label);
        }

        // Nothing stands beside an alias; that nothing stands below a DNAME is what Knot's verifier wants.
        if (Has(name, "CNAME") || _records.Values.Any(record => record.Line.Contains(" DNAME ", StringComparison.Ordinal)
            && record.Owner != name && name.IsSubdomainOf(record.Owner)))
        {
            return _apex;
        }

        _names.Add(name);
        return name;
    }

    private string Host() => _random.Next(3) switch
    {
        0 => "Host.Example.",
        1 => ".",
        _ => Pick(_names ?? [_apex]).ToString(),
    };

    private bool IsAboveOthers(DomainName owner) => _records.Values.Any(record => record.Owner != owner && record.Owner.IsSubdomainOf(owner));

    private IEnumerable<string> Several(int most, Func<int, string> make) => Enumerable.Range(0, _random.Next(1, most)).Select(make);

    private bool Has(DomainName owner, string type) => _records.ContainsKey((owner, type));

    private void Put(DomainName owner, string sets)
    {
        var (ttl, lines) = (Pick([0, 1, 300, 86_400]), sets.Split('\n').Distinct());
        _records[(owner, sets.Split(' ')[0])] = (owner, string.Join('\n', lines.Select(rdata => $"{owner} {ttl} {rdata}")));
    }

    private string Hex(int octets)
    {
        var bytes = new byte[octets];
        _random.NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }

    private T Pick<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
