using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

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
        Assert.SkipWhen(!Unbound.IsInstalled && Environment.GetEnvironmentVariable("MANAGEDDNS_REQUIRE_PEERS") != "1", "Unbound is not installed.");
        Run("dnssec-keygen", "-q", "-K", _folder, "-a", "ECDSAP256SHA256", "-f", "KSK", "example.org");
        Run("dnssec-keygen", "-q", "-K", _folder, "-a", "ECDSAP256SHA256", "example.org");
        await using var chain = await TrustChain.StartAsync();
        await using var ours = await TestServer.StartAsync(Settings(chain.EndPoint, [.. Theirs()]), keys: _keys);
        await UntilAsync(() => ours.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs);
        using var signed = await TransferAsync(ours);
        await using var other = await TestServer.StartAsync(SignElsewhere(signed));
        using var foreign = await TransferAsync(other);

        Assert.Equal(3, SignatureProof.KeysOf(signed).Count());
        Assert.Equal(SignatureProof.KeysOf(signed).ToHashSet(), SignatureProof.KeysOf(foreign).ToHashSet());
        Assert.Empty(SignatureProof.Missing(signed, [.. SignatureProof.KeysOf(foreign)], DateTimeOffset.UtcNow));
        Assert.Empty(SignatureProof.Missing(foreign, [.. SignatureProof.KeysOf(signed)], DateTimeOffset.UtcNow));
        Assert.Equal(2, signed.Find(TestZone.Name, RecordType.CDS).Count);

        await UntilAsync(async () =>
        {
            await chain.FollowAsync(ours.EndPoint, Cancellation);
            return ours.Observed.SigningOf(TestServer.ZoneId) is { State: SigningState.Signed, WaitingFor: null };
        });
        await using var resolver = new Unbound(chain.RootKey, [.. chain.Servers, (TestZone.Name, ours.EndPoint), (TestZone.Name, other.EndPoint)]);
        await UntilAsync(async () => await resolver.JudgeAsync(TestZone.Name, RecordType.SOA, Cancellation) == Security.Secure);
        for (var i = 0; i < 60; i++)
        {
            // Names that no cache has: which of the two is asked is Unbound's choice.
            foreach (var name in new[] { $"n{i}.example.org", $"w{i}.wild.example.org", "www.example.org" })
            {
                var judged = await resolver.JudgeAsync(DomainName.Parse(name), RecordType.TXT, Cancellation);
                Assert.True(judged is Security.Secure or Security.Unknown, $"{name} is {judged}.");
            }
        }
    }

    [Fact]
    public async Task The_keys_of_another_signer_that_come_later_are_asked_for_at_the_parent_and_those_that_go_are_let_go()
    {
        await using var chain = await TrustChain.StartAsync();
        await using var server = await TestServer.StartAsync(Settings(chain.EndPoint, []), keys: _keys);
        await FollowAsync(chain, server, status => status is { State: SigningState.Signed, WaitingFor: null });
        var foreign = TestKeys.Key(number: 21).Public;

        Set(server, [foreign]);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.WaitingFor?.Contains($"key {foreign.Tag}", StringComparison.Ordinal) == true);
        Assert.Equal(SigningState.Signed, server.Observed.SigningOf(TestServer.ZoneId)!.State);
        await FollowAsync(chain, server, status => status is { State: SigningState.Signed, WaitingFor: null });
        using (var both = await TransferAsync(server))
        {
            Assert.Equal((2, 2, 2), (both.Find(TestZone.Name, RecordType.DNSKEY).Count, both.Find(TestZone.Name, RecordType.CDS).Count, both.Find(TestZone.Name, RecordType.CDNSKEY).Count));
            Verifiers.Accept(both);
        }

        Set(server, []);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.WaitingFor is not null);
        await FollowAsync(chain, server, status => status is { State: SigningState.Signed, WaitingFor: null });
        using var alone = await TransferAsync(server);
        Assert.Single(alone.Find(TestZone.Name, RecordType.DNSKEY));
        Assert.Single(alone.Find(TestZone.Name, RecordType.CDS));
    }

    [Fact]
    public async Task Keys_that_both_signers_roll_at_the_same_time_leave_no_answer_that_does_not_validate()
    {
        Assert.SkipWhen(!Unbound.IsInstalled && Environment.GetEnvironmentVariable("MANAGEDDNS_REQUIRE_PEERS") != "1", "Unbound is not installed.");
        Run("dnssec-keygen", "-q", "-K", _folder, "-a", "ECDSAP256SHA256", "-f", "KSK", "example.org");
        var oldZsk = MakeZsk();
        await using var chain = await TrustChain.StartAsync();
        await using var ours = await TestServer.StartAsync(Settings(chain.EndPoint, [.. Theirs()]), keys: _keys);
        await UntilAsync(() => ours.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs);
        var shown = await TransferAsync(ours);
        await using var other = await TestServer.StartAsync(SignElsewhere(shown));
        await FollowAsync(chain, ours, status => status is { State: SigningState.Signed, WaitingFor: null });
        var oldCsk = Assert.Single(_keys.Load(TestServer.ZoneId)).Public;
        await using var resolver = new Unbound(chain.RootKey, [.. chain.Servers, (TestZone.Name, ours.EndPoint), (TestZone.Name, other.EndPoint)]);
        await UntilAsync(async () => await resolver.JudgeAsync(TestZone.Name, RecordType.SOA, Cancellation) == Security.Secure);

        // What the other one does, each step when the one before is in every cache: its new key is published, signs, and stays alone.
        var newZsk = "";
        Queue<Action> steps = new([
            () => newZsk = MakeZsk("-P", "now", "-A", "none"),
            () => Run("dnssec-settime", "-K", _folder, "-A", "now", newZsk),
            () => Run("dnssec-settime", "-K", _folder, "-I", "now", oldZsk),
            () => Array.ForEach(Directory.GetFiles(_folder, $"{oldZsk}.*"), File.Delete)]);
        ours.Take(RequestKind.ReplaceKeySigningKey);
        var (serial, judged, lastStep) = (2u, 0, TimeProvider.System.GetTimestamp());
        await UntilAsync(async () =>
        {
            var isStep = steps.Count > 0 && TimeProvider.System.GetElapsedTime(lastStep) > TimeSpan.FromSeconds(3);
            if (isStep)
            {
                steps.Dequeue()();
                Set(ours, [.. Theirs()]);
                lastStep = TimeProvider.System.GetTimestamp();
            }

            var now = await TransferAsync(ours);
            if (isStep || now.Serial != shown.Serial)
            {
                SignElsewhere(now, serial++);
                other.Take(RequestKind.ReloadZoneFile);
            }

            shown.Dispose();
            shown = now;
            await chain.FollowAsync(ours.EndPoint, Cancellation);
            var security = await resolver.JudgeAsync(DomainName.Parse($"w{judged++}.wild.example.org"), RecordType.TXT, Cancellation);
            Assert.True(security is Security.Secure or Security.Unknown, $"It is {security}; {string.Join(", ", SignatureProof.KeysOf(shown))}.");
            return steps.Count == 0 && ours.Observed.SigningOf(TestServer.ZoneId) is { State: SigningState.Signed, WaitingFor: null }
                && _keys.Load(TestServer.ZoneId) is [var only] && !only.Public.Equals(oldCsk) && SignatureProof.KeysOf(shown).Count() == 3;
        });

        using (shown)
        using (var foreign = await TransferAsync(other))
        {
            Assert.Empty(SignatureProof.Missing(shown, [.. SignatureProof.KeysOf(foreign)], DateTimeOffset.UtcNow));
            Assert.Empty(SignatureProof.Missing(foreign, [.. SignatureProof.KeysOf(shown)], DateTimeOffset.UtcNow));
        }
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

    private static void Set(TestServer server, ImmutableArray<DnsKey> keys) => server.Apply(settings => settings with
    {
        ZoneSignings = settings.ZoneSignings.SetItem(TestServer.ZoneId, settings.ZoneSignings[TestServer.ZoneId] with { ForeignKeys = keys }),
    });

    private static Task FollowAsync(TrustChain chain, TestServer server, Func<SigningStatus, bool> until) => UntilAsync(async () =>
    {
        await chain.FollowAsync(server.EndPoint, Cancellation);
        return server.Observed.SigningOf(TestServer.ZoneId) is { } status && until(status);
    });

    private ServiceSettings Settings(IPEndPoint parent, ImmutableArray<DnsKey> foreign)
    {
        var file = Path.Combine(_folder, "ours.zone");
        File.WriteAllText(file, Zone);
        var policy = new SigningPolicy(1, SigningPolicy.DefaultName) { KeyTtl = TimeSpan.FromSeconds(1), PropagationDelay = TimeSpan.Zero };
        return Serve(file, hidden: true) with
        {
            ZoneSignings = ImmutableDictionary<long, ZoneSigning>.Empty.Add(TestServer.ZoneId, new(TestServer.ZoneId, policy, false, [parent]) { ForeignKeys = foreign }),
        };
    }

    private static ServiceSettings Serve(string file, bool hidden)
    {
        var settings = TestServer.FromFile(file);
        return settings with
        {
            ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)],
            Zones = [settings.Zones[0] with { HiddenPrimary = hidden }],
        };
    }

    /// <summary>The same zone as BIND signs it, with our keys beside its own.</summary>
    private ServiceSettings SignElsewhere(ZoneContents ours, uint serial = 1)
    {
        var (plain, signed) = (Path.Combine(_folder, "plain.zone"), Path.Combine(_folder, "signed.zone"));
        var shared = new[] { RecordType.DNSKEY, RecordType.CDS, RecordType.CDNSKEY }.SelectMany(type => ours.Find(TestZone.Name, type));
        var text = Zone.Replace(" h 1 ", $" h {serial} ", StringComparison.Ordinal);
        File.WriteAllLines(plain, [text, .. shared.Select(record => RecordText.Format(record.AsWire()))]);
        Run("dnssec-signzone", "-q", "-S", "-P", "-K", _folder, "-d", _folder, "-o", "example.org", "-f", signed, plain);
        return Serve(signed, hidden: false);
    }

    private static async Task<ZoneContents> TransferAsync(TestServer server)
    {
        using var sink = new Engine.Refresh.VersionSink(TestZone.Name, null);
        await new DnsClient(TimeProvider.System).TransferAsync(server.Remote, TestZone.Name, null, sink, cancellation: Cancellation);
        return sink.Build().Contents;
    }

    private static void Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} says {process.ExitCode}:\n{output}{error.Result}");
    }

    private static Task UntilAsync(Func<bool> state) => UntilAsync(() => Task.FromResult(state()));

    private static async Task UntilAsync(Func<Task<bool>> state)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await state())
        {
            await timer.WaitForNextTickAsync(bound.Token);
        }
    }
}
