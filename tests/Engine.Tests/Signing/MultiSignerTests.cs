using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// Two signers of one zone, each with keys of their own (RFC 8901, model 2): this server, and BIND's dnssec-signzone with a KSK and a ZSK. Unbound asks both
/// in turn and validates; the parent follows the CDS.
/// </summary>
public sealed class MultiSignerTests : IDisposable
{
    private const string Zone = "$TTL 1\n@ SOA ns1 h 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\nwww A 192.0.2.80\n*.wild TXT \"any\"\n";

    private readonly MemoryKeyStore _keys = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-signers-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Answers_of_two_signers_validate_each_with_the_keys_of_the_other_and_the_parent_has_the_DS_of_both()
    {
        await using var pair = await StartPairAsync();
        var shown = await pair.SeeAsync();
        Assert.Equal(3, shown.Keys.Count());
        Assert.Equal(2, shown.Records.Count(record => record.Type == RecordType.CDS));

        await pair.ComesToAsync(status => status is { State: SigningState.Signed, WaitingFor: null });
        for (var i = 0; i < 60; i++)
        {
            // Names that no cache has: which of the two is asked is Unbound's choice.
            await pair.JudgeAsync($"n{i}.example.org", $"w{i}.wild.example.org", "www.example.org");
        }
    }

    [Fact]
    public async Task The_keys_of_another_signer_that_come_later_are_asked_for_at_the_parent_and_those_that_go_are_let_go()
    {
        await using var chain = await TrustChain.StartAsync();
        await using var server = await TestServer.StartAsync(Settings(chain.EndPoint, []), keys: _keys);
        await using var resolver = chain.Resolve(server.EndPoint);
        var witness = new Witness(server.Remote, TestZone.Name, resolver);
        await chain.FollowAsync(server, status => status is { State: SigningState.Signed, WaitingFor: null });
        await witness.SeeAsync(Cancellation);
        var foreign = TestKeys.Key(number: 21).Public;

        Set(server, [foreign]);
        var asking = await server.ComesToAsync(status => status.WaitingFor?.Contains($"key {foreign.Tag}", StringComparison.Ordinal) == true);
        Assert.Equal(SigningState.Signed, asking.State);
        await witness.SeeAsync(Cancellation);
        await chain.FollowAsync(server, status => status is { State: SigningState.Signed, WaitingFor: null });
        Assert.Equal((2, 2, 2), Counts(await witness.SeeAsync(Cancellation)));

        Set(server, []);
        await server.ComesToAsync(status => status.WaitingFor is not null);
        await witness.SeeAsync(Cancellation);
        await chain.FollowAsync(server, status => status is { State: SigningState.Signed, WaitingFor: null });
        Assert.Equal((1, 1, 1), Counts(await witness.SeeAsync(Cancellation)));

        static (int, int, int) Counts(ServedZone zone) =>
            (Count(zone, RecordType.DNSKEY), Count(zone, RecordType.CDS), Count(zone, RecordType.CDNSKEY));

        static int Count(ServedZone zone, RecordType type) => zone.Records.Count(record => record.Type == type);
    }

    [Fact]
    public async Task Keys_that_both_signers_roll_at_the_same_time_leave_no_answer_that_does_not_validate()
    {
        await using var pair = await StartPairAsync();
        var oldZsk = pair.OtherZsk;
        await pair.ComesToAsync(status => status is { State: SigningState.Signed, WaitingFor: null });
        var oldCsk = Assert.Single(_keys.Load(TestServer.ZoneId)).Public;

        // What the other one does, each step when the one before is in every cache: its new key is published, signs, and stays alone.
        var newZsk = "";
        Queue<Action> steps = new([
            () => newZsk = MakeZsk("-P", "now", "-A", "none"),
            () => Run("dnssec-settime", "-K", _folder, "-A", "now", newZsk),
            () => Run("dnssec-settime", "-K", _folder, "-I", "now", oldZsk),
            () => Array.ForEach(Directory.GetFiles(_folder, $"{oldZsk}.*"), File.Delete)]);
        pair.Ours.Take(RequestKind.ReplaceKeySigningKey);
        var (judged, lastStep) = (0, TimeProvider.System.GetTimestamp());
        await pair.ComesToAsync(
            status => steps.Count == 0 && status is { State: SigningState.Signed, WaitingFor: null }
                && _keys.Load(TestServer.ZoneId) is [var only] && !only.Public.Equals(oldCsk) && pair.Shown.Keys.Count() == 3,
            async () =>
            {
                if (steps.Count > 0 && TimeProvider.System.GetElapsedTime(lastStep) > TimeSpan.FromSeconds(3))
                {
                    steps.Dequeue()();
                    Set(pair.Ours, [.. Theirs()]);
                    lastStep = TimeProvider.System.GetTimestamp();
                    pair.SignElsewhere();
                }

                await pair.JudgeAsync($"w{judged++}.wild.example.org");
            });
    }

    /// <summary>Makes a ZSK of the other signer and gives the name of its files.</summary>
    private string MakeZsk(params string[] times)
    {
        var before = Directory.GetFiles(_folder, "*.key");
        Run("dnssec-keygen", ["-q", "-K", _folder, "-a", "ECDSAP256SHA256", .. times, "example.org"]);
        return Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(_folder, "*.key").Except(before)));
    }

    /// <summary>The keys that the other signer has.</summary>
    private IEnumerable<DnsKey> Theirs() => Directory.GetFiles(_folder, "*.key")
        .SelectMany(file => TestZone.Records(File.ReadAllText(file))).Select(record => DnsKey.TryRead(record.Rdata.Span)!);

    private static void Set(TestServer server, ImmutableArray<DnsKey> keys) =>
        server.Apply(settings => settings.With(signing => signing with { ForeignKeys = keys }));

    private ServiceSettings Settings(IPEndPoint parent, ImmutableArray<DnsKey> foreign)
    {
        var file = Path.Combine(_folder, "ours.zone");
        File.WriteAllText(file, Zone);
        return TestServer.FromFile(file).Signed(SignedServers.Quick, parent).With(signing => signing with { ForeignKeys = foreign });
    }

    private async Task<Pair> StartPairAsync()
    {
        Assert.SkipWhen(!Unbound.IsInstalled, "Unbound is not installed.");
        Run("dnssec-keygen", "-q", "-K", _folder, "-a", "ECDSAP256SHA256", "-f", "KSK", "example.org");
        var zsk = MakeZsk();
        var chain = await TrustChain.StartAsync();
        var ours = await TestServer.StartAsync(Settings(chain.EndPoint, [.. Theirs()]), keys: _keys);
        await ours.ComesToAsync(SigningState.WaitingForDs);
        var shown = await ServedZone.TransferAsync(ours.Remote, TestZone.Name, Cancellation);
        var other = await TestServer.StartAsync(TestServer.FromFile(SignElsewhere(shown, serial: 1)).Open());
        return new(this, chain, ours, other, shown, zsk);
    }

    /// <summary>The same zone as BIND signs it, with our keys beside its own: its file.</summary>
    private string SignElsewhere(ServedZone ours, uint serial)
    {
        var (plain, signed) = (Path.Combine(_folder, "plain.zone"), Path.Combine(_folder, "signed.zone"));
        var shared = ours.Records.Where(record => record.Type is RecordType.DNSKEY or RecordType.CDS or RecordType.CDNSKEY);
        var text = Zone.Replace(" h 1 ", $" h {serial} ", StringComparison.Ordinal);
        File.WriteAllLines(plain, [text, .. shared.Select(record => RecordText.Format(record.AsWire()))]);
        Run("dnssec-signzone", "-q", "-S", "-P", "-K", _folder, "-d", _folder, "-o", "example.org", "-f", signed, plain);
        return signed;
    }

    private static void Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} says {process.ExitCode}:\n{output}{error.Result}");
    }

    /// <summary>Both signers, the parent that follows the CDS of ours, and the resolver that asks them all.</summary>
    private sealed class Pair(
        MultiSignerTests test, TrustChain chain, TestServer ours, TestServer other, ServedZone shown, string otherZsk) : IAsyncDisposable
    {
        private readonly Unbound _resolver = chain.Resolve(ours.EndPoint, other.EndPoint);
        private Witness? _ourWitness;
        private Witness? _otherWitness;
        private ServedZone? _foreign;
        private bool _isTrusted;
        private uint _serial = 1;

        public TestServer Ours => ours;

        /// <summary>The zone as ours gave it last.</summary>
        public ServedZone Shown { get; private set; } = shown;

        public string OtherZsk => otherZsk;

        /// <summary>Has the other one sign what ours shows.</summary>
        public void SignElsewhere()
        {
            test.SignElsewhere(Shown, ++_serial);
            other.Take(RequestKind.ReloadZoneFile);
        }

        /// <summary>
        /// Waits for a state of ours, while the other one follows ours and the parent both; every version of either is seen by the witness.
        /// </summary>
        public async Task ComesToAsync(Func<SigningStatus, bool> state, Func<Task>? meanwhile = null)
        {
            await Eventually.TrueAsync(
                async c =>
                {
                    var serial = Shown.Serial;
                    Shown = await ServedZone.TransferAsync(ours.Remote, TestZone.Name, c);
                    if (Shown.Serial != serial)
                    {
                        await SeeAsync();
                        SignElsewhere();
                    }

                    await chain.FollowAsync(ours.EndPoint, c);
                    await (meanwhile?.Invoke() ?? Task.CompletedTask);
                    return ours.Signing() is { } status && state(status);
                },
                () => $"{ours.Signing()}\n{string.Join('\n', ours.Log)}", Cancellation);
            _isTrusted = true;
            await Eventually.TrueAsync(
                async _ => await AgreeAsync(), () => $"One has other keys than {string.Join(", ", Shown.Keys)}.", Cancellation);
        }

        /// <summary>What others say of both.</summary>
        public async Task<ServedZone> SeeAsync()
        {
            _ourWitness ??= new(ours.Remote, TestZone.Name, _resolver);
            _otherWitness ??= new(other.Remote, TestZone.Name, _resolver);
            (Shown, _foreign) = (await _ourWitness.SeeAsync(Cancellation, _isTrusted), await _otherWitness.SeeAsync(Cancellation, _isTrusted));
            return Shown;
        }

        /// <summary>Whether both show the same keys; then each validates with the keys of the other.</summary>
        private async Task<bool> AgreeAsync()
        {
            await SeeAsync();
            if (!Shown.Keys.ToHashSet().SetEquals(_foreign!.Keys))
            {
                return false;
            }

            Assert.Empty(SignatureProof.Missing(Shown, [.. _foreign.Keys], DateTimeOffset.UtcNow));
            Assert.Empty(SignatureProof.Missing(_foreign, [.. Shown.Keys], DateTimeOffset.UtcNow));
            return true;
        }

        /// <summary>None of these may be judged bogus, whoever is asked.</summary>
        public async Task JudgeAsync(params IEnumerable<string> names)
        {
            foreach (var name in names)
            {
                var security = await _resolver.JudgeAsync(DomainName.Parse(name), RecordType.TXT, Cancellation);
                Assert.True(security is Security.Secure or Security.Unknown, $"{name} is {security}; {string.Join(", ", Shown.Keys)}.");
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var part in new IAsyncDisposable[] { _resolver, other, ours, chain })
            {
                await part.DisposeAsync();
            }
        }
    }
}
