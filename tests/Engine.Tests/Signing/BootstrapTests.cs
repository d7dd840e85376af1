using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// A server that signs example.org and example.net: the host name that example.org's NS records name lies in example.net, which therefore carries the signals
/// of RFC 9615. The parent follows CDS when it is told to.
/// </summary>
public sealed class BootstrapTests : IDisposable
{
    private const long CarrierId = 2;
    private const string Signal = "_dsboot.example.org._signal.ns1.example.net";

    private static readonly DomainName s_carrier = DomainName.Parse("example.net");

    private readonly MemoryKeyStore _keys = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-bootstrap-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_zone_that_waits_for_its_first_DS_is_signalled_below_its_name_server_until_the_DS_is_there()
    {
        await using var chain = await TrustChain.StartAsync();
        var contents = new MemoryContentStore();
        uint serial;
        await using (var server = await TestServer.StartAsync(Settings(chain.EndPoint), contents, keys: _keys))
        {
            await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs);
            await UntilAsync(async () => (await AskAsync(server, Signal, RecordType.CDS)).Count > 0);

            // Until then its own first CDS are still to come, with a serial of their own.
            await UntilAsync(() => server.Observed.SigningOf(CarrierId)?.State == SigningState.WaitingForDs);

            foreach (var type in new[] { RecordType.CDS, RecordType.CDNSKEY })
            {
                Assert.Equal(await AskAsync(server, "example.org", type), await AskAsync(server, Signal, type));
            }

            // Nobody else is signalled: a host within the zone itself proves nothing (RFC 9615 §2), and other people's are not ours to speak for.
            using var carrier = await TransferAsync(server);
            Assert.Equal([DomainName.Parse(Signal)], Zones.ZoneFiles.Walk(carrier).Where(record => record.Type == RecordType.CDS && record.Owner != s_carrier).Select(record => record.Owner));
            Verifiers.Accept(carrier);
            serial = carrier.Serial;
        }

        await using var restarted = await TestServer.StartAsync(Settings(chain.EndPoint), contents, keys: _keys);
        await UntilAsync(() => restarted.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs
            && restarted.Observed.SigningOf(CarrierId) is not null);
        Assert.NotEmpty(await AskAsync(restarted, Signal, RecordType.CDS));
        using (var carrier = await TransferAsync(restarted))
        {
            Assert.Equal(serial, carrier.Serial);
        }


        await UntilAsync(async () =>
        {
            await chain.FollowAsync(restarted.EndPoint, Cancellation);
            return restarted.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Signed;
        });
        await UntilAsync(async () => (await AskAsync(restarted, Signal, RecordType.CDS)).Count == 0);
        using var after = await TransferAsync(restarted);
        Verifiers.Accept(after);
        Assert.DoesNotContain(Zones.ZoneFiles.Walk(after), record => record.Owner == DomainName.Parse(Signal));
    }

    [Theory]
    [InlineData("_signal.ns1 NS ns.elsewhere.example.")]
    [InlineData("ns1 NS ns.elsewhere.example.")]
    public async Task Names_that_the_zone_gives_away_carry_no_signals(string delegation)
    {
        await using var server = await TestServer.StartAsync(Settings(new IPEndPoint(IPAddress.Loopback, 9), delegation), keys: _keys);
        await UntilAsync(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.WaitingForDs);
        await UntilAsync(() => server.Observed.SigningOf(CarrierId)?.State == SigningState.WaitingForDs);

        using var carrier = await TransferAsync(server);

        Assert.DoesNotContain(Zones.ZoneFiles.Walk(carrier), record => record.Owner == DomainName.Parse(Signal));
    }

    private ServiceSettings Settings(IPEndPoint parent, string more = "")
    {
        var policy = new SigningPolicy(1, SigningPolicy.DefaultName) { KeyTtl = TimeSpan.FromSeconds(1), PropagationDelay = TimeSpan.Zero };
        var (child, carrier, inside) = (Path.Combine(_folder, "child"), Path.Combine(_folder, "carrier"), Path.Combine(_folder, "inside"));
        File.WriteAllText(child, "$TTL 1\n@ SOA ns1.example.net. h 1 3600 600 86400 1\n@ NS ns1.example.net.\n@ NS ns.unknown.example.\n");
        File.WriteAllText(carrier, $"$TTL 1\n@ SOA ns1 h 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n{more}\n");
        File.WriteAllText(inside, "$TTL 1\n@ SOA ns1 h 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n");
        var settings = TestServer.FromFile(child);
        return settings with
        {
            ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)],
            NameServers = [new(1, DomainName.Parse("ns1.example.net"), [IPAddress.Loopback]), new(2, DomainName.Parse("ns1.inside.example.net"), [IPAddress.Loopback])],
            Zones =
            [
                new(TestServer.ZoneId, TestZone.Name, 1, false, true, child, ""), new(CarrierId, s_carrier, 1, false, true, carrier, ""),
                new(3, DomainName.Parse("inside.example.net"), 1, false, true, inside, ""),
            ],
            ZoneSignings = Enumerable.Range(1, 3).ToImmutableDictionary(id => (long)id, id => new ZoneSigning(id, policy, false, [parent])),
        };
    }

    private static async Task<List<string>> AskAsync(TestServer server, string name, RecordType type)
    {
        var response = await server.QueryAsync(name, type);
        var records = new List<string>();
        var reader = new MessageReader(response.Message.Span, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == type && reader.Section == MessageSection.Answer)
            {
                records.Add(Convert.ToHexString(record.Rdata));
            }
        }

        return records;
    }

    private static async Task<ZoneContents> TransferAsync(TestServer server)
    {
        using var sink = new Engine.Refresh.VersionSink(s_carrier, null);
        await new DnsClient(TimeProvider.System).TransferAsync(server.Remote, s_carrier, null, sink, cancellation: Cancellation);
        return sink.Build().Contents;
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
