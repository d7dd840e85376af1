using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// A year of a zone on a moved clock, really signed: keys roll by their lifetimes, the algorithm changes, a key is compromised, signatures are
/// renewed, and at the end signing ends. At every half hour each DS, each DNSKEY RRset and each version of the zone that any cache or slow secondary
/// may still hold is validated with each other, by real signatures, for every algorithm that the DS names (as strict validators want it).
/// </summary>
public sealed class RolloverYearTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_dsTtl = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_zoneTtl = TimeSpan.FromHours(6);
    private static readonly ZoneServer s_parentServer = new(new(IPAddress.Loopback, 53), null);

    static RolloverYearTests() => Ed25519Scheme.Register();

    [Theory]
    [InlineData(false, DenialKind.Nsec)]
    [InlineData(true, DenialKind.Nsec3)]
    public async Task A_year_of_a_zone_has_no_moment_at_which_anything_in_any_cache_does_not_validate(bool split, DenialKind denial)
    {
        using var world = new World(new(1, "p")
        {
            SplitKeys = split,
            Denial = denial,
            ZskLifetime = TimeSpan.FromDays(60),
            KskLifetime = TimeSpan.FromDays(100),
            ZoneDigest = split,
            Jitter = TimeSpan.FromHours(1),
        });

        await world.RunAsync(TimeSpan.FromDays(120));
        world.Policy = world.Policy with { Algorithm = DnssecAlgorithm.Ed25519 };
        await world.RunAsync(TimeSpan.FromDays(120));
        Assert.Empty(world.Faults);
        Assert.All(world.Keys, key => Assert.Equal(DnssecAlgorithm.Ed25519, key.Public.Algorithm));
        world.Compromise(split ? KeyRole.Zsk : KeyRole.Csk);
        await world.RunAsync(TimeSpan.FromDays(120));
        Assert.Empty(world.Faults);
        Assert.True(world.Versions > 40, $"{world.Versions} versions were published.");
        Assert.True(world.DsChanges > 3, $"The DS changed {world.DsChanges} times.");
        world.IsEnding = true;
        await world.RunAsync(TimeSpan.FromDays(5));

        Assert.Empty(world.Keys);
        Assert.Empty(world.Faults);
    }

    /// <summary>The zone in its versions, the parent that follows CDS after half a day, and what was found.</summary>
    private sealed class World(SigningPolicy policy) : IDisposable
    {
        private static readonly string s_more = $"""
            a.b TXT "text"
            *.wild MX 10 www
            sub NS ns.elsewhere.example.
            safe NS ns.elsewhere.example.
            safe DS 1 13 2 {new string('a', 64)}
            """;

        private readonly ZoneContents _received =
            TestZone.Build(TestZone.Text(1, s_more).Replace("$TTL 300", "$TTL 21600", StringComparison.Ordinal));

        private readonly List<Version> _versions = [];
        private readonly List<(DateTimeOffset From, List<byte[]> Ds)> _parent = [(DateTimeOffset.MinValue, [])];
        private readonly Dictionary<DnsKey, SigningKey> _open = [];
        private readonly HashSet<(string Keys, ZoneContents, DnssecAlgorithm)> _validated = [];
        private readonly HashSet<(List<byte[]>, ZoneContents)> _anchored = [];
        private readonly Dictionary<string, DnsKey> _signers = [];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private (DateTimeOffset Since, List<byte[]> Ds)? _asked;
        private uint _serial = 1;
        private long _keysMade;
        private string _way = "";

        public SigningPolicy Policy { get; set; } = policy;

        public IReadOnlyList<ZoneKey> Keys { get; private set; } = [];

        public bool IsEnding { get; set; }

        public int Versions { get; private set; }

        public int DsChanges { get; private set; }

        public List<string> Faults { get; } = [];

        public void Compromise(KeyRole role) =>
            Keys = [.. Keys.Select(
                key => key.Role == role && key.State == KeyState.Active ? key with { IsToBeReplaced = true, IsCompromised = true } : key)];

        public async Task RunAsync(TimeSpan span)
        {
            for (var end = _now + span; _now < end && Faults.Count == 0; _now += s_tick)
            {
                var answer = new DsAnswer(s_parentServer, [.. _parent[^1].Ds.Select(record => (ReadOnlyMemory<byte>)record)], s_dsTtl);
                var signing = new ZoneSigning(1, Policy, IsEnding, []);
                var step = KeyLife.Step(signing, TestZone.Name, Keys, s_zoneTtl, new(_now, [answer]), _now, NewKey);
                var isOther = !step.Keys.SequenceEqual(Keys);
                Keys = step.Keys;
                if (Keys.Count == 0)
                {
                    return;
                }

                await PublishAsync(signing, isOther);
                FollowCds();
                Check();
            }
        }

        public void Dispose()
        {
            _versions.ForEach(version => version.Zone.Dispose());
            foreach (var key in _open.Values)
            {
                key.Dispose();
            }

            _received.Dispose();
        }

        private async Task PublishAsync(ZoneSigning signing, bool keysChanged)
        {
            var before = _versions.Count == 0 ? null : _versions[^1].Zone;
            var renewBefore = _now + Policy.Refresh;
            var due = before is not null && _versions[^1].FirstExpiration <= renewBefore
                ? SignatureTimes.EndingBefore(before, renewBefore).Due
                : new([], []);
            if (before is not null && !keysChanged && due.Names.Count + due.Nsec3Owners.Count == 0)
            {
                return;
            }

            var plan = PlanMaker.Make(signing, Keys, Open);
            var changed = before is null ? null : due;
            var version = ZoneSigner.Sign(plan, _received, before, changed, _serial++, _now, renewBefore, 1, CancellationToken.None);
            var served = version.Contents.Served();
            var end = SignatureTimes.EndingBefore(version.Contents, _now).Earliest!.Value;
            _versions.Add(new(_now, version.Contents, served, string.Join(' ', served.Keys), end));
            Versions++;
            if (plan.ZoneSigners.All(signer => plan.DnsKeys.Contains(signer.Public)))
            {
                // A new algorithm signs before its key can be seen: until then nobody can check that it does.
                Faults.AddRange(SignatureFaults.In(version.Contents, plan, _now).Select(fault => $"{_now}: {fault}"));
            }

            // Others look at it whenever it is signed in another way than before.
            var (zoneSigners, keySigners) = (plan.ZoneSigners.Select(key => key.Public), plan.KeySigners.Select(key => key.Public));
            var way = string.Join('/', new[] { zoneSigners, keySigners, plan.DnsKeys, plan.ParentKeys }.Select(keys => string.Join(' ', keys)));
            if (way != _way)
            {
                _way = way;
                await SignedServers.ProveAsync(version.Contents, _now);
            }
        }

        private SigningKey Open(ZoneKey key)
        {
            if (!_open.TryGetValue(key.Public, out var open))
            {
                _open.Add(key.Public, open = new(key.Public, key.Pkcs8.ToArray()));
            }

            return open;
        }

        private void FollowCds()
        {
            var cds = _versions[^1].Zone.Find(TestZone.Name, RecordType.CDS).Select(record => record.Rdata.ToArray()).ToList();
            var wanted = cds is [[0, 0, 0, 0, 0]] ? [] : cds;
            if (cds.Count == 0 || IsSame(wanted, _parent[^1].Ds))
            {
                _asked = null;
            }
            else if (_asked is not { } asked || !IsSame(asked.Ds, wanted))
            {
                _asked = (_now, wanted);
            }
            else if (_now - asked.Since >= TimeSpan.FromHours(12))
            {
                _parent.Add((_now, wanted));
                DsChanges++;
            }
        }

        private static bool IsSame(List<byte[]> left, List<byte[]> right) =>
            left.Count == right.Count && left.TrueForAll(one => right.Exists(one.SequenceEqual));

        /// <summary>All that anybody may hold now must go together.</summary>
        private void Check()
        {
            var stale = Policy.PropagationDelay;
            var served = Held(_versions, stale, version => version.From).ToList();
            Faults.AddRange(
                served.Where(version => version.FirstExpiration <= _now).Select(version => $"{_now}: a signature of {version.From} has ended"));
            var datas = Held(_versions, s_zoneTtl + stale, version => version.From).ToList();
            var keySets = Held(_versions, Policy.KeyTtl + stale, version => version.From).ToList();
            foreach (var (_, ds) in Held(_parent, s_dsTtl, version => version.From).Where(version => version.Ds.Count > 0))
            {
                foreach (var keys in keySets)
                {
                    Anchor(ds, keys);
                    datas.ForEach(data => Validate(ds, keys, data));
                }
            }

            while (_versions.Count > 1 && _versions[1].From < _now - s_zoneTtl - stale - s_dsTtl)
            {
                _versions[0].Zone.Dispose();
                _versions.RemoveAt(0);
            }
        }

        /// <summary>For each algorithm of the DS RRset there is a DS for a key that signs the DNSKEY RRset.</summary>
        private void Anchor(List<byte[]> ds, Version keys)
        {
            if (!_anchored.Add((ds, keys.Zone)))
            {
                return;
            }

            foreach (var algorithm in ds.Select(record => record[2]).Distinct())
            {
                var named = keys.Served.Keys.Where(key => ds.Exists(record => record[2] == algorithm && key.Matches(TestZone.Name, record)));
                if (SignatureProof.Missing(keys.Served, [.. named], _now, RecordType.DNSKEY, _signers).Count > 0)
                {
                    Faults.Add($"{_now}: no DS of algorithm {algorithm} leads to the keys of {keys.From}");
                }
            }
        }

        /// <summary>Each algorithm of the DS RRset validates every RRset.</summary>
        private void Validate(List<byte[]> ds, Version keys, Version data)
        {
            foreach (var algorithm in ds.Select(record => (DnssecAlgorithm)record[2]).Distinct())
            {
                // The same keys validate the same data in whichever version they come.
                if (_validated.Add((keys.Names, data.Zone, algorithm)))
                {
                    var named = keys.Served.Keys.Where(key => key.Algorithm == algorithm);
                    var missing = SignatureProof.Missing(data.Served, [.. named], _now, signers: _signers);
                    Faults.AddRange(missing.Select(
                        set => $"{_now}: data of {data.From}, keys of {keys.From}: {set} has no signature of {algorithm} that validates"));
                }
            }
        }

        private IEnumerable<T> Held<T>(List<T> versions, TimeSpan age, Func<T, DateTimeOffset> from) =>
            versions.Where((version, i) => i + 1 == versions.Count || from(versions[i + 1]) > _now - age);

        private ZoneKey NewKey(DnssecAlgorithm algorithm, KeyRole role)
        {
            var scheme = SignatureScheme.Get(algorithm);
            var pkcs8 = scheme.Generate();
            var key = new DnsKey((ushort)(role == KeyRole.Zsk ? 256 : 257), algorithm, scheme.PublicKeyOf(pkcs8));
            return new(++_keysMade, role, key, pkcs8, KeyState.Published, _now, _now);
        }

        /// <param name="Names">The keys in words, to compare them.</param>
        private sealed record Version(DateTimeOffset From, ZoneContents Zone, ServedZone Served, string Names, DateTimeOffset FirstExpiration);
    }
}
