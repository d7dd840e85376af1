using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>How signing ends where it cannot end as it should: at once, and when the keys are lost.</summary>
public sealed class EndOfSigningTests : IDisposable
{
    private readonly MemoryKeyStore _keys = new();
    private readonly MemoryContentStore _contents = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-end-").FullName;

    private string ZoneFile => Path.Combine(_folder, "zone");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Signing_that_ends_at_once_does_not_lower_the_serial_and_is_forgotten_when_the_primary_s_is_newer()
    {
        Write(serial: 5);
        await using var server = await StartAsync([], isEnding: false);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs);
        var signed = await server.ServedSerialAsync();
        Assert.True(signed > 5, $"The CDS came with serial {signed}.");

        // What Disable-ZoneSigning -Force does.
        _keys.Finish(TestServer.ZoneId);
        End(server);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Unsigned);
        Assert.Equal(signed + 1, await server.ServedSerialAsync());
        Assert.Equal(0, await CountAsync(server, RecordType.DNSKEY));
        Assert.Contains("the primary's serial (5) to be newer", server.Observed.SigningOf(TestServer.ZoneId)!.WaitingFor, StringComparison.Ordinal);

        Write(serial: 100);
        server.Take(RequestKind.ReloadZoneFile);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId) is { State: SigningState.Unsigned, WaitingFor: null });
        Assert.Equal(100u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task A_zone_whose_keys_are_lost_is_served_signed_until_its_DS_is_gone_and_can_be_signed_anew()
    {
        Write(serial: 1);
        await using var chain = await TrustChain.StartAsync();
        await using (var before = await StartAsync([chain.EndPoint], isEnding: false))
        {
            await UntilAsync(async () =>
            {
                await chain.FollowAsync(before.EndPoint, TestContext.Current.CancellationToken);
                return before.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Signed;
            });
        }

        _keys.Fault = new(FailureReason.KeyUnavailable, null, "The keys that sign the zone cannot be opened.", "Put store.key back.");
        await using var server = await StartAsync([chain.EndPoint], isEnding: true);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDsRemoval);
        var status = server.Observed.SigningOf(TestServer.ZoneId)!;
        Assert.Equal(FailureReason.KeyUnavailable, status.Failure?.Reason);
        Assert.Contains("the DS to be gone", status.WaitingFor, StringComparison.Ordinal);
        Assert.NotNull(status.FirstExpiration);
        Assert.Equal(1, await CountAsync(server, RecordType.DNSKEY));

        // By hand: nothing signed can ask for it any more.
        chain.RemoveDs();
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Unsigned);
        Assert.Equal(0, await CountAsync(server, RecordType.DNSKEY));

        _keys.Fault = null;
        Assert.Empty(_keys.Load(TestServer.ZoneId));
        Set(server, isEnding: false);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId) is { State: SigningState.WaitingForDs, Failure: null });
        Assert.Equal(1, await CountAsync(server, RecordType.DNSKEY));
    }

    private static void End(TestServer server) => Set(server, isEnding: true);

    private static void Set(TestServer server, bool isEnding) => server.Apply(settings => settings with
    {
        ZoneSignings = settings.ZoneSignings.SetItem(TestServer.ZoneId, settings.ZoneSignings[TestServer.ZoneId] with { Ending = isEnding }),
    });

    private void Write(int serial) => File.WriteAllText(ZoneFile, $"$TTL 1\n@ SOA ns1 h {serial} 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n");

    private Task<TestServer> StartAsync(ImmutableArray<IPEndPoint> parent, bool isEnding)
    {
        var settings = TestServer.FromFile(ZoneFile);
        var policy = new SigningPolicy(1, SigningPolicy.DefaultName) { KeyTtl = TimeSpan.FromSeconds(1), PropagationDelay = TimeSpan.Zero };
        return TestServer.StartAsync(
            settings with
            {
                Zones = [settings.Zones[0] with { HiddenPrimary = true }],
                ZoneSignings = ImmutableDictionary<long, ZoneSigning>.Empty.Add(TestServer.ZoneId, new(TestServer.ZoneId, policy, isEnding, parent)),
            },
            _contents, keys: _keys);
    }

    private static async Task<int> CountAsync(TestServer server, RecordType type)
    {
        var response = await server.QueryAsync("example.org", type);
        var count = 0;
        var reader = new MessageReader(response.Message.Span, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            count += record.Type == type && reader.Section == MessageSection.Answer ? 1 : 0;
        }

        return count;
    }

    private static Task UntilAsync(Func<bool> state) => UntilAsync(() => Task.FromResult(state()));

    private static async Task UntilAsync(Func<Task<bool>> state)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await state())
        {
            await timer.WaitForNextTickAsync(bound.Token);
        }
    }
}
