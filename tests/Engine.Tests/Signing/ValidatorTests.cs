using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// Unbound asks all the time, with the caches that it has, while keys begin, are replaced and end: from the first DS until the last one is gone every name,
/// every NXDOMAIN and every NODATA is secure, and nothing is ever bogus. After each step other people's verifiers look at the whole zone. TTLs are two
/// seconds, so that the clock need not be moved.
/// </summary>
public sealed class ValidatorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CSK_is_replaced_and_then_signing_ends_without_a_moment_that_is_not_secure()
    {
        await using var world = await World.StartAsync(policy => policy);

        await world.RollAsync(KeyRole.Csk);
        await world.EndAsync();
    }

    [Fact]
    public async Task A_ZSK_and_a_KSK_are_replaced_without_a_moment_that_is_not_secure()
    {
        await using var world = await World.StartAsync(policy => policy with { SplitKeys = true, Denial = DenialKind.Nsec3, ZskLifetime = TimeSpan.Zero });

        await world.RollAsync(KeyRole.Zsk);
        await world.RollAsync(KeyRole.Ksk);
    }

    [Fact]
    public async Task Another_algorithm_takes_over_without_a_moment_that_is_not_secure()
    {
        await using var world = await World.StartAsync(policy => policy);

        await world.ChangeAsync(policy => policy with { Algorithm = DnssecAlgorithm.EcdsaP384Sha384 });
    }

    [Fact]
    public async Task Compromised_keys_are_removed_without_a_moment_that_is_not_secure()
    {
        await using var world = await World.StartAsync(policy => policy with { Algorithm = DnssecAlgorithm.Ed25519 });

        await world.RollAsync(KeyRole.Csk, isCompromised: true);
    }

    /// <summary>The child zone and its server, the zones above, the resolver that asks, and what it found.</summary>
    private sealed class World : IAsyncDisposable
    {
        private static readonly (string Name, RecordType Type)[] s_questions =
        [
            ("www.example.org", RecordType.A), ("www.example.org", RecordType.TXT), ("example.org", RecordType.SOA), ("example.org", RecordType.DNSKEY),
            ("example.org", RecordType.NS), ("b.example.org", RecordType.A), ("a.b.example.org", RecordType.TXT), ("some.wild.example.org", RecordType.MX),
            ("nothing.example.org", RecordType.A), ("example.org", RecordType.DS), ("sub.example.org", RecordType.DS),
        ];

        private readonly MemoryKeyStore _keys = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly HashSet<string> _judged = [];
        private readonly List<string> _faults = [];
        private TestPrimary _primary = null!;
        private TrustChain _chain = null!;
        private TestServer _server = null!;
        private Unbound _resolver = null!;
        private Witness _witness = null!;
        private Task _asking = Task.CompletedTask;
        private volatile bool _mustBeSecure;
        private volatile bool _hasBeenSecure;
        private int _number;

        private World()
        {
        }

        private SigningStatus? Signing => _server.Signing();

        public static async Task<World> StartAsync(Func<SigningPolicy, SigningPolicy> change)
        {
            Assert.SkipWhen(!Unbound.IsInstalled, "Unbound is not installed.");
            var world = new World();
            try
            {
                await world.BeginAsync(change);
                return world;
            }
            catch
            {
                await world.DisposeAsync();
                throw;
            }
        }

        /// <summary>Replaces a key and waits until its successor is alone.</summary>
        public async Task RollAsync(KeyRole role, bool isCompromised = false)
        {
            var old = _keys.Load(TestServer.ZoneId).Single(key => key.Role == role);
            _server.Take(role == KeyRole.Zsk ? RequestKind.ReplaceZoneKey : RequestKind.ReplaceKeySigningKey, full: isCompromised);
            await UntilAsync(() => Signing!.State == SigningState.Signed && _keys.Load(TestServer.ZoneId).All(key => key.Public != old.Public));
        }

        /// <summary>Changes the policy and waits until it has come true.</summary>
        public async Task ChangeAsync(Func<SigningPolicy, SigningPolicy> change)
        {
            var changed = change(_server.Settings.ZoneSignings[TestServer.ZoneId].Policy);
            _server.Apply(settings => settings.With(signing => signing with { Policy = changed }));
            await UntilAsync(() => Signing!.State == SigningState.Signed
                && _keys.Load(TestServer.ZoneId).All(key => key.Public.Algorithm == changed.Algorithm));
        }

        /// <summary>Ends signing and waits until the zone is served unsigned.</summary>
        public async Task EndAsync()
        {
            _server.Apply(settings => settings.With(signing => signing with { Ending = true }));
            await UntilAsync(() => Signing!.State != SigningState.Signed, release: true);
            await UntilAsync(() => _keys.Load(TestServer.ZoneId).Count == 0);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _asking;
            foreach (var part in new IAsyncDisposable?[] { _resolver, _server, _chain, _primary })
            {
                if (part is not null)
                {
                    await part.DisposeAsync();
                }
            }

            _stop.Dispose();
        }

        private async Task BeginAsync(Func<SigningPolicy, SigningPolicy> change)
        {
            _chain = await TrustChain.StartAsync();
            _primary = new(
                """
                $TTL 2
                @    SOA  ns1 hostmaster 1 3600 600 86400 1
                @    NS   ns1
                ns1  A    127.0.0.1
                www  A    192.0.2.80
                a.b  TXT  "below an empty non-terminal"
                *.wild MX 10 www
                sub  NS   ns1.elsewhere.example.

                """, TestServer.Key);

            // The delay is also how long the machine may keep the resolver from running: what it learned counts from when it reads it.
            var policy = change(new(1, SigningPolicy.DefaultName) { KeyTtl = TimeSpan.FromSeconds(2), PropagationDelay = TimeSpan.FromSeconds(3) });
            _server = await TestServer.StartAsync(TestServer.Secondary(_primary.Remote).Signed(policy, _chain.EndPoint), keys: _keys);
            _resolver = _chain.Resolve(_server.EndPoint);
            _witness = new(_server.Remote, TestZone.Name, _resolver);
            _asking = Task.Run(AskAsync);

            // The resolver may know a little longer that there was no DS, and keep what it answered meanwhile.
            await UntilAsync(() => Signing?.State == SigningState.Signed && _hasBeenSecure);
            _mustBeSecure = true;
        }

        /// <summary>Follows what the keys go through until a state, as a registry and as somebody who checks each version.</summary>
        /// <param name="release">From then on answers need not be secure any more, but none may be bogus.</param>
        private async Task UntilAsync(Func<bool> state, bool release = false)
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            bound.CancelAfter(TimeSpan.FromSeconds(240));
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            var last = "";
            while (true)
            {
                var keys = KeyStates();
                if (keys != last)
                {
                    last = keys;
                    await _witness.SeeAsync(bound.Token, _mustBeSecure);
                }

                var isThere = state();
                if (isThere && release)
                {
                    _mustBeSecure = false;
                }

                lock (_faults)
                {
                    Assert.True(_faults.Count == 0, string.Join('\n', _faults) + '\n' + string.Join('\n', _server.Log));
                    if (isThere && (release || _judged.Contains(keys)))
                    {
                        return;
                    }
                }

                await _chain.FollowAsync(_server.EndPoint, bound.Token);
                try
                {
                    await timer.WaitForNextTickAsync(bound.Token);
                }
                catch (OperationCanceledException)
                {
                    Assert.Fail($"It stayed at {Signing}, keys {KeyStates()}\n{string.Join('\n', _server.Log)}");
                }
            }
        }

        private string KeyStates() =>
            string.Join(", ", _keys.Load(TestServer.ZoneId).Select(key => $"{key.Role} {key.Public.Tag} {key.State}{(key.SignsZone ? " signs" : "")}"));

        private async Task AskAsync()
        {
            try
            {
                while (true)
                {
                    await AskAllAsync();
                }
            }
            catch (OperationCanceledException)
            {
            }
        }

        private async Task AskAllAsync()
        {
            var (before, mustBeSecure) = (KeyStates(), _mustBeSecure);
            var (isWhole, isSecure) = (true, true);
            var questions = s_questions.Append(($"nothing{++_number}.example.org", RecordType.A)).Append(($"n{_number}.b.example.org", RecordType.A));
            foreach (var (name, type) in questions)
            {
                var security = await _resolver.JudgeAsync(DomainName.Parse(name), type, _stop.Token);
                isWhole &= security != Security.Unknown;
                isSecure &= security == Security.Secure;
                if (security == Security.Bogus || (security == Security.Insecure && mustBeSecure && _mustBeSecure))
                {
                    lock (_faults)
                    {
                        _faults.Add($"{name} {type} is {security}; keys {before}");
                    }
                }
            }

            _hasBeenSecure |= isSecure;
            lock (_faults)
            {
                if (isWhole && before == KeyStates())
                {
                    _judged.Add(before);
                }
            }
        }
    }
}
