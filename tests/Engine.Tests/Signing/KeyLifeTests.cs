using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Signing;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// The lives of keys on a clock that is moved, with caches at their worst: at every moment each DS, DNSKEY RRset and signature that any cache may still
/// hold must fit some other that it may hold.
/// </summary>
public sealed class KeyLifeTests
{
    private static readonly DomainName s_zone = DomainName.Parse("example.org");
    private static readonly TimeSpan s_zoneTtl = TimeSpan.FromHours(6);
    private static readonly TimeSpan s_dsTtl = TimeSpan.FromDays(1);
    private static readonly ZoneServer s_parentServer = new(new(IPAddress.Loopback, 53), null);
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly int s_lives = int.Parse(Environment.GetEnvironmentVariable("MANAGEDDNS_KEY_LIVES") ?? "2", CultureInfo.InvariantCulture);

    static KeyLifeTests() => Ed25519Scheme.Register();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_year_of_rollovers_leaves_no_moment_at_which_a_cache_is_wrong(bool split)
    {
        var world = new World(new(1, "p") { SplitKeys = split, ZskLifetime = TimeSpan.FromDays(30), KskLifetime = TimeSpan.FromDays(60) });

        world.Run(TimeSpan.FromDays(365));

        Assert.True(world.KeysMade >= (split ? 14 : 5), $"{world.KeysMade} keys were made.");
        Assert.Empty(world.Faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rollover_to_another_algorithm_leaves_no_moment_at_which_a_cache_is_wrong(bool split)
    {
        var world = new World(new(1, "p") { SplitKeys = split, ZskLifetime = TimeSpan.Zero });
        world.Run(TimeSpan.FromDays(10));
        world.Policy = world.Policy with { Algorithm = DnssecAlgorithm.EcdsaP384Sha384 };
        world.Run(TimeSpan.FromDays(20));

        Assert.Equal(SigningState.Signed, world.Last.State);
        Assert.All(world.Last.Keys, key => Assert.Equal(DnssecAlgorithm.EcdsaP384Sha384, key.Public.Algorithm));
        Assert.Empty(world.Faults);
    }

    [Fact]
    public void A_DS_that_never_comes_keeps_everything_as_it_is_and_says_so()
    {
        var world = new World(new(1, "p")) { IsParentDeaf = true };

        world.Run(TimeSpan.FromDays(30));

        Assert.Equal(SigningState.WaitingForDs, world.Last.State);
        Assert.Contains("the DS of key", world.Last.WaitingFor, StringComparison.Ordinal);
        Assert.Single(world.Last.Keys);
    }

    [Fact]
    public void Signing_ends_only_when_the_DS_has_left_the_caches()
    {
        var world = new World(new(1, "p"));
        world.Run(TimeSpan.FromDays(10));
        world.IsEnding = true;
        world.Run(TimeSpan.FromDays(5));

        Assert.Equal(SigningState.Unsigned, world.Last.State);
        Assert.Empty(world.Last.Keys);
        Assert.Empty(world.Faults);
    }

    [Theory]
    [InlineData(10, SigningState.Disabling)]
    [InlineData(11, SigningState.Unsigned)]
    public void A_DS_may_be_in_a_cache_that_counts_in_whole_seconds_for_one_more_than_its_TTL(int seconds, SigningState state)
    {
        var key = new ZoneKey(1, KeyRole.Csk, TestKeys.Key().Public, new byte[1], KeyState.Withdrawn, s_start, s_start)
        {
            SignsZone = true,
            DsTtl = TimeSpan.FromSeconds(10),
        };
        var now = s_start.AddSeconds(seconds);
        var gone = new DsObservation(now, [new(s_parentServer, [], TimeSpan.Zero)]);

        var step = KeyLife.Step(
            new(1, new(1, "p"), true, []), s_zone, [key], s_zoneTtl, gone, now, (_, _) => throw new InvalidOperationException("No key is needed."));

        Assert.Equal(state, step.State);
    }

    [Fact]
    public void Signing_does_not_end_as_long_as_a_parent_server_has_a_DS()
    {
        var world = new World(new(1, "p"));
        world.Run(TimeSpan.FromDays(10));
        world.IsParentDeaf = true;
        world.IsEnding = true;
        world.Run(TimeSpan.FromDays(60));

        Assert.Equal(SigningState.WaitingForDsRemoval, world.Last.State);
        Assert.Empty(world.Faults);
    }

    [Fact]
    public void A_key_that_somebody_wants_replaced_is()
    {
        var world = new World(new(1, "p"));
        world.Run(TimeSpan.FromDays(10));
        var old = Assert.Single(world.Last.Keys);
        world.Keys = [old with { IsToBeReplaced = true }];
        world.Run(TimeSpan.FromDays(10));

        Assert.NotEqual(old.Public, Assert.Single(world.Last.Keys).Public);
        Assert.Empty(world.Faults);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_rollover_asked_for_before_the_first_key_is_trusted_begins_when_it_is(bool split, bool isCompromised)
    {
        var world = new World(new(1, "p") { SplitKeys = split, ZskLifetime = TimeSpan.Zero });
        world.Run(TimeSpan.FromHours(1));
        Assert.Equal(SigningState.Enabling, world.Last.State);
        var first = world.Keys.Single(key => key.IsSecureEntryPoint);
        world.Keys = KeyLife.Mark(world.Keys, isSecureEntryPoint: true, isCompromised);

        while (world.Last.State is SigningState.Enabling or SigningState.WaitingForDs)
        {
            Assert.Equal(first.Public, world.Keys.Single(key => key.IsSecureEntryPoint).Public);
            world.Run(TimeSpan.FromMinutes(30));
        }

        Assert.Equal(2, world.Keys.Count(key => key.IsSecureEntryPoint));
        world.Run(TimeSpan.FromDays(10));
        Assert.Equal(SigningState.Signed, world.Last.State);
        Assert.NotEqual(first.Public, world.Keys.Single(key => key.IsSecureEntryPoint).Public);
        Assert.Equal(split ? 3 : 2, world.KeysMade);
        Assert.Empty(world.Faults);
    }

    [Theory]
    [InlineData(false, KeyRole.Csk)]
    [InlineData(true, KeyRole.Ksk)]
    [InlineData(true, KeyRole.Zsk)]
    public void A_compromised_key_leaves_sooner_than_a_replaced_one_and_leaves_no_moment_at_which_a_cache_is_wrong(bool split, KeyRole role)
    {
        var (emergency, rollover) = (Lifetime(split, role, isCompromised: true), Lifetime(split, role, isCompromised: false));

        Assert.True(role == KeyRole.Ksk ? emergency == rollover : emergency < rollover, $"It took {emergency}, and {rollover} in a rollover.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_others_sign_the_zone_too_no_key_signs_before_they_have_published_it(bool split)
    {
        var other = TestKeys.Key(isSecureEntryPoint: false, number: 31).Public;
        var world = new World(new(1, "p") { SplitKeys = split, ZskLifetime = TimeSpan.Zero }) { ForeignKeys = [other] };
        world.Run(TimeSpan.FromDays(10));
        Assert.Equal(SigningState.Signed, world.Last.State);
        var role = split ? KeyRole.Zsk : KeyRole.Csk;
        var old = world.Keys.Single(key => key.Role == role);

        world.IsShownByAll = false;
        world.Keys = [.. world.Keys.Select(key => key == old ? key with { IsToBeReplaced = true } : key)];
        world.Run(TimeSpan.FromDays(30));

        var successor = world.Keys.Single(key => key.Role == role && key.Public != old.Public);
        Assert.Equal((KeyState.Published, false), (successor.State, successor.SignsZone));
        Assert.Contains($"key {successor.Public.Tag} to be published by the zone's other signers", world.Last.WaitingFor, StringComparison.Ordinal);

        world.IsShownByAll = true;
        world.Run(TimeSpan.FromDays(10));
        Assert.Equal(SigningState.Signed, world.Last.State);
        Assert.DoesNotContain(world.Keys, key => key.Public == old.Public);
        Assert.Empty(world.Faults);
    }

    /// <summary>MANAGEDDNS_KEY_LIVES says how many such years there are.</summary>
    [Fact]
    public void A_year_in_which_anybody_changes_anything_at_any_time_leaves_no_moment_at_which_a_cache_is_wrong()
    {
        for (var seed = 0; seed < s_lives; seed++)
        {
            var random = new Random(seed);
            var world = new World(new(1, "p")
            {
                SplitKeys = random.Next(2) == 0,
                KeyTtl = TimeSpan.FromHours(random.Next(1, 48)),
                PropagationDelay = TimeSpan.FromHours(random.Next(3)),
                ZskLifetime = TimeSpan.FromDays(random.Next(60)),
                KskLifetime = TimeSpan.FromDays(random.Next(90)),
            });
            var done = new List<string>();
            for (var days = 0; days < 300;)
            {
                var step = TimeSpan.FromMinutes(30 * random.Next(1, 2000));
                world.Run(step);
                days += (int)step.TotalDays + 1;
                done.Add($"{step}, {Do(world, random)}");
            }

            (world.IsEnding, world.IsParentDeaf) = (false, false);
            world.Policy = world.Policy with { ZskLifetime = TimeSpan.Zero, KskLifetime = TimeSpan.Zero };
            world.Run(TimeSpan.FromDays(90));
            var faults = string.Join('\n', world.Faults.Take(20));
            Assert.True(world.Faults.Count == 0, $"Seed {seed}, {world.Policy}: {string.Join("; ", done)}\n{faults}");
            Assert.Equal((seed, SigningState.Signed, world.Policy.SplitKeys ? 2 : 1), (seed, world.Last.State, world.Last.Keys.Length));
            Assert.All(world.Last.Keys, key => Assert.Equal(world.Policy.Algorithm, key.Public.Algorithm));
        }
    }

    /// <summary>One of all that can be asked of the keys.</summary>
    private static string Do(World world, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                var algorithms = new[] { DnssecAlgorithm.EcdsaP256Sha256, DnssecAlgorithm.EcdsaP384Sha384, DnssecAlgorithm.Ed25519 };
                world.Policy = world.Policy with { Algorithm = algorithms[random.Next(algorithms.Length)] };
                return $"{world.Policy.Algorithm}";
            case 1:
                world.Policy = world.Policy with { SplitKeys = !world.Policy.SplitKeys };
                return $"split: {world.Policy.SplitKeys}";
            case 2:
                world.IsEnding = !world.IsEnding;
                return $"ending: {world.IsEnding}";
            case 3:
                world.IsParentDeaf = !world.IsParentDeaf;
                return $"deaf: {world.IsParentDeaf}";
            default:
                var (isSecureEntryPoint, isCompromised) = (random.Next(2) == 0, random.Next(2) == 0);
                world.Keys = KeyLife.Mark(world.Keys, isSecureEntryPoint, isCompromised);
                return $"replace: {isSecureEntryPoint} {isCompromised}";
        }
    }

    /// <summary>How long a key is in the zone from when somebody wants it replaced.</summary>
    private static TimeSpan Lifetime(bool split, KeyRole role, bool isCompromised)
    {
        var world = new World(new(1, "p") { SplitKeys = split, ZskLifetime = TimeSpan.Zero });
        world.Run(TimeSpan.FromDays(10));
        var old = world.Last.Keys.Single(key => key.Role == role);
        world.Keys = [.. world.Last.Keys.Select(key => key == old ? key with { IsToBeReplaced = true, IsCompromised = isCompromised } : key)];
        var step = TimeSpan.FromMinutes(30);
        var took = TimeSpan.Zero;
        while (world.Keys.Any(key => key.Public == old.Public) && took < TimeSpan.FromDays(30))
        {
            world.Run(step);
            took += step;
        }

        world.Run(TimeSpan.FromDays(3));
        Assert.Equal((SigningState.Signed, split ? 2 : 1), (world.Last.State, world.Last.Keys.Length));
        Assert.Empty(world.Faults);
        return took;
    }

    /// <summary>The zone, its parent that follows CDS after a day, and what caches may hold.</summary>
    private sealed class World(SigningPolicy policy)
    {
        private readonly List<(DateTimeOffset From, ImmutableArray<DnsKey> DnsKeys, ImmutableArray<DnsKey> Signers)> _published = [];
        private readonly List<(DateTimeOffset From, ImmutableArray<DnsKey> Ds)> _parent = [(s_start - TimeSpan.FromDays(30), [])];
        private readonly Dictionary<DnsKey, SigningKey> _open = [];
        private DateTimeOffset _now = s_start;
        private DateTimeOffset? _cdsSince;
        private ImmutableArray<DnsKey> _cds = [];

        public SigningPolicy Policy { get; set; } = policy;

        public ImmutableArray<ZoneKey> Keys { get; set; } = [];

        public bool IsParentDeaf { get; set; }

        public bool IsEnding { get; set; }

        public ImmutableArray<DnsKey> ForeignKeys { get; init; } = [];

        public bool IsShownByAll { get; set; } = true;

        public int KeysMade { get; private set; }

        public List<string> Faults { get; } = [];

        public KeyStep Last { get; private set; } = new([], SigningState.Unsigned, null, null, null, false);

        public void Run(TimeSpan span)
        {
            for (var end = _now + span; _now < end; _now += TimeSpan.FromMinutes(30))
            {
                var ds = _parent[^1].Ds.Select(key => (ReadOnlyMemory<byte>)key.Ds(s_zone, DsDigestType.Sha256)).ToList();
                Last = KeyLife.Step(Signing(), s_zone, Keys, s_zoneTtl, Look([.. ds]), _now, NewKey);
                Keys = Last.Keys;
                Publish();
                FollowCds();
                Check();
            }
        }

        private ZoneSigning Signing() => new(1, Policy, IsEnding, []) { ForeignKeys = ForeignKeys };

        private DsObservation Look(ImmutableArray<ReadOnlyMemory<byte>> ds) => IsShownByAll
            ? new(_now, [new(s_parentServer, ds, s_dsTtl)])
            : new(_now, []) { Obstacle = "ns2 to show the DNSKEY records published here", IsShownByAll = false };

        private void Publish()
        {
            if (Keys.IsEmpty)
            {
                if (_published is not [.., { DnsKeys.IsEmpty: true }])
                {
                    _published.Add((_now, [], []));
                }

                (_cds, _cdsSince) = ([], null);
                return;
            }

            var plan = PlanMaker.Make(Signing(), Keys, Open);
            if (!plan.ZoneSigners.Select(key => key.Public.Algorithm).ToHashSet().IsSupersetOf(plan.DnsKeys.Select(key => key.Algorithm)))
            {
                Faults.Add($"{_now}: an algorithm of the DNSKEY RRset does not sign the zone");
            }

            var (keys, signers) = (plan.DnsKeys, plan.ZoneSigners.Select(key => key.Public).ToImmutableArray());
            if (_published.Count == 0 || !_published[^1].DnsKeys.SequenceEqual(keys) || !_published[^1].Signers.SequenceEqual(signers))
            {
                _published.Add((_now, keys, signers));
            }

            var cds = plan.AskForDsRemoval ? [] : plan.ParentKeys;
            if ((!plan.ParentKeys.IsEmpty || plan.AskForDsRemoval) && !cds.SequenceEqual(_cds))
            {
                (_cds, _cdsSince) = (cds, _now);
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
            if (!IsParentDeaf && _cdsSince is { } since && _now >= since + TimeSpan.FromDays(1))
            {
                _parent.Add((_now, _cds));
                _cdsSince = null;
            }
        }

        /// <summary>Any DS, DNSKEY RRset and data that a cache may hold now must go together.</summary>
        private void Check()
        {
            var stale = Policy.PropagationDelay;
            var datas = Held(_published, s_zoneTtl + stale, version => version.From).ToList();
            var keySets = Held(_published, Policy.KeyTtl + stale, version => version.From).ToList();
            foreach (var (_, ds) in Held(_parent, s_dsTtl, version => version.From).Where(version => !version.Ds.IsEmpty))
            {
                foreach (var keys in keySets)
                {
                    if (!ds.Any(key => keys.DnsKeys.Contains(key)))
                    {
                        Faults.Add($"{_now}: no DS fits a DNSKEY RRset of {keys.From}");
                    }

                    Faults.AddRange(datas.Where(data => !data.Signers.Any(signer => keys.DnsKeys.Contains(signer)))
                        .Select(data => $"{_now}: data of {data.From} has no signature by the DNSKEY RRset of {keys.From}"));
                }
            }
        }

        private IEnumerable<T> Held<T>(List<T> versions, TimeSpan age, Func<T, DateTimeOffset> from) =>
            versions.Where((version, i) => i + 1 == versions.Count || from(versions[i + 1]) > _now - age);

        private ZoneKey NewKey(DnssecAlgorithm algorithm, KeyRole role)
        {
            KeysMade++;
            var scheme = SignatureScheme.Get(algorithm);
            var pkcs8 = scheme.Generate();
            var key = new DnsKey((ushort)(role == KeyRole.Zsk ? 256 : 257), algorithm, scheme.PublicKeyOf(pkcs8));
            return new(KeysMade, role, key, pkcs8, KeyState.Published, _now, _now);
        }
    }
}
