using System.Text;
using CsCheck;
using ManagedDns.Engine.Tests.Kit;

namespace ManagedDns.Engine.Tests.TransferOut;

/// <summary>Whatever has changed on top of the chunks that are kept of a zone, the whole zone arrives: each record once and no other.</summary>
public sealed class KeptMessagesPropertyTests
{
    [Fact]
    public void Whatever_changes_on_top_of_a_kept_zone_each_record_arrives_once() =>
        Gen.Int.Sample(
            seed =>
            {
                var random = new Random(seed);
                var model = new Model(random);
                using var zone = new KeptZone(TestZone.Build(model.Text));
                for (var step = 0; step < 5; step++)
                {
                    var (deleted, added) = model.Change();
                    zone.Change(deleted, added);
                    if (random.Next(4) == 0)
                    {
                        zone.Restart();
                    }

                    if (random.Next(8) == 0)
                    {
                        zone.Write();
                    }

                    using var expected = TestZone.Build(model.Text);
                    var lost = random.Next(3) == 0 ? random.Next(40) : -1;
                    var sent = zone.Send(random.Next(2) == 0 ? KeptZone.Key : null, messages =>
                    {
                        if (messages == lost)
                        {
                            zone.Write();
                        }
                    });
                    Assert.Equal(zone.Contents.Serial, sent.Serial);
                    Assert.Equal(KeptZone.RecordsOf(expected).Where(IsNoSoa), sent.Records.Where(IsNoSoa));
                }
            },
            iter: 25,
            threads: 1);

    private static bool IsNoSoa(string record) => !record.Contains(" SOA ", StringComparison.Ordinal);

    /// <summary>RRsets by owner and type: what the zone is to hold, known apart from the code that is tested.</summary>
    private sealed class Model
    {
        private const int Owners = 500;

        private static readonly string[] s_types = ["A", "TXT", "MX", "NSEC3", "RRSIG"];

        private readonly Random _random;
        private readonly SortedDictionary<(string Owner, string Type), (int Ttl, SortedSet<string> Data)> _sets = [];

        public Model(Random random)
        {
            _random = random;
            for (var i = 0; i < Owners; i++)
            {
                Put(Owner(i), s_types[random.Next(3)], random.Next(1, 5));
            }

            for (var i = 0; i < Owners / 5; i++)
            {
                Put(Hash(i), "NSEC3", 1);
                Put(Hash(i), "RRSIG", random.Next(1, 3));
            }

            Put("fat", "TXT", random.Next(200));
            Put("@", "TXT", random.Next(200));
        }

        public string Text => TestZone.Text(7, Lines(_sets.Select(set => (set.Key, set.Value.Ttl, (IEnumerable<string>)set.Value.Data))));

        /// <summary>Master file lines to take out and to put in.</summary>
        public (string Deleted, string Added) Change()
        {
            var before = _sets.ToDictionary(set => set.Key, set => (set.Value.Ttl, Data: set.Value.Data.ToHashSet()));
            for (var changes = _random.Next(1, 6); changes > 0; changes--)
            {
                ChangeOnce();
            }

            // A record whose TTL changes is deleted and added, as all of its RRset.
            return (Lines(Less(before, Now())), Lines(Less(Now(), before)));
        }

        private Dictionary<(string Owner, string Type), (int Ttl, HashSet<string> Data)> Now() =>
            _sets.ToDictionary(set => set.Key, set => (set.Value.Ttl, set.Value.Data.ToHashSet()));

        private static IEnumerable<((string Owner, string Type) Key, int Ttl, IEnumerable<string> Data)> Less(
            Dictionary<(string Owner, string Type), (int Ttl, HashSet<string> Data)> from,
            Dictionary<(string Owner, string Type), (int Ttl, HashSet<string> Data)> others) =>
            from.Select(set => (set.Key, set.Value.Ttl, others.TryGetValue(set.Key, out var other) && other.Ttl == set.Value.Ttl
                ? set.Value.Data.Where(data => !other.Data.Contains(data)) : set.Value.Data));

        private void ChangeOnce()
        {
            var first = _random.Next(Owners);
            switch (_random.Next(10))
            {
                case 0:
                    // A row of neighbours goes: whole chunks with them.
                    foreach (var key in _sets.Keys.Where(key => key.Owner != "@").Skip(first).Take(_random.Next(60)).ToList())
                    {
                        _sets.Remove(key);
                    }

                    break;
                case 1:
                    for (var i = _random.Next(60); i > 0; i--)
                    {
                        Put($"{Owner(first)}x{i}", "TXT", 1);
                    }

                    break;
                case 2:
                    Put("@", "TXT", _random.Next(3));
                    break;
                case 3:
                    Put("fat", "TXT", _random.Next(100));
                    break;
                case 4:
                    Put(Hash(_random.Next(Owners / 5)), s_types[_random.Next(3, 5)], 1);
                    break;
                case 5:
                    // The same label as a name of the zone and as a hash.
                    Put(Hash(_random.Next(Owners / 5)), "A", 1);
                    break;
                case 6 when _sets.Count > first:
                    var (set, (ttl, data)) = _sets.ElementAt(first);
                    _sets[set] = (ttl + 1, data);
                    break;
                case 7:
                    Put(_random.Next(2) == 0 ? "0" : "zzzz", "A", 1);
                    break;
                default:
                    Put(Owner(first), s_types[_random.Next(3)], _random.Next(3));
                    _sets.Remove((Owner(_random.Next(Owners)), s_types[_random.Next(3)]));
                    break;
            }
        }

        private void Put(string owner, string type, int count)
        {
            var (ttl, data) = _sets.TryGetValue((owner, type), out var set) ? set : (_random.Next(100, 110), []);
            for (; count > 0; count--)
            {
                data.Add(Data(type));
            }

            if (data.Count > 0)
            {
                _sets[(owner, type)] = (ttl, data);
            }
        }

        private string Data(string type) => type switch
        {
            "A" => $"10.0.{_random.Next(256)}.{_random.Next(256)}",
            "TXT" => $"\"{_random.Next(1000):d3}{new string('x', _random.Next(250))}\"",
            "MX" => $"{_random.Next(100)} Mail{_random.Next(9)}.Example.net.",
            "NSEC3" => $"1 0 0 - {Hash(_random.Next(Owners))} A",
            _ => $"NSEC3 13 3 300 20300101000000 20200101000000 {_random.Next(1000)} example.org. AAAA",
        };

        private static string Owner(int number) => number % 3 == 0 ? $"h{number}.deep.down" : number % 3 == 1 ? $"Host{number}" : $"host{number}";

        private static string Hash(int number) => $"{number * 7919:x32}";

        private static string Lines(IEnumerable<((string Owner, string Type) Key, int Ttl, IEnumerable<string> Data)> sets)
        {
            var text = new StringBuilder();
            foreach (var ((owner, type), ttl, data) in sets)
            {
                foreach (var one in data)
                {
                    text.Append(null, $"{owner} {ttl} {type} {one}\n");
                }
            }

            return text.ToString();
        }
    }
}
