using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;
using ManagedDns.TestKit.Signing;

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
    private static readonly DomainName s_signal = DomainName.Parse(Signal);

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
            await server.ComesToAsync(SigningState.WaitingForDs);
            await SignalledAsync(server, isExpected: true);

            // Until then its own first CDS are still to come, with a serial of their own.
            await server.ComesToAsync(SigningState.WaitingForDs, CarrierId);

            foreach (var type in new[] { RecordType.CDS, RecordType.CDNSKEY })
            {
                Assert.Equal(await server.AskAsync("example.org", type), await server.AskAsync(Signal, type));
            }

            // Nobody else is signalled: a host within the zone itself proves nothing (RFC 9615 §2), and other people's are not ours to speak for.
            var carrier = await SeeAsync(server);
            var carried = carrier.Records.Where(record => record.Type == RecordType.CDS && record.Owner != s_carrier);
            Assert.Equal([s_signal], carried.Select(record => record.Owner));
            serial = carrier.Serial;
        }

        await using var restarted = await TestServer.StartAsync(Settings(chain.EndPoint), contents, keys: _keys);
        await restarted.ComesToAsync(SigningState.WaitingForDs);
        await restarted.ComesToAsync(_ => true, CarrierId);
        Assert.NotEmpty(await restarted.AskAsync(Signal, RecordType.CDS));
        Assert.Equal(serial, (await SeeAsync(restarted)).Serial);

        await chain.FollowAsync(restarted, status => status.State == SigningState.Signed);
        await SignalledAsync(restarted, isExpected: false);
        await Eventually.TrueAsync(
            async _ => (await SeeAsync(restarted)).Records.All(record => record.Owner != s_signal), () => "It is kept with its signals.",
            Cancellation);
    }

    [Theory]
    [InlineData("_signal.ns1 NS ns.elsewhere.example.")]
    [InlineData("ns1 NS ns.elsewhere.example.")]
    public async Task Names_that_the_zone_gives_away_carry_no_signals(string delegation)
    {
        await using var server = await TestServer.StartAsync(Settings(new IPEndPoint(IPAddress.Loopback, 9), delegation), keys: _keys);
        await server.ComesToAsync(SigningState.WaitingForDs);
        await server.ComesToAsync(SigningState.WaitingForDs, CarrierId);

        Assert.DoesNotContain((await SeeAsync(server)).Records, record => record.Owner == s_signal);
    }

    private ServiceSettings Settings(IPEndPoint parent, string more = "")
    {
        var (child, carrier, inside) = (Path.Combine(_folder, "child"), Path.Combine(_folder, "carrier"), Path.Combine(_folder, "inside"));
        File.WriteAllText(child, "$TTL 1\n@ SOA ns1.example.net. h 1 3600 600 86400 1\n@ NS ns1.example.net.\n@ NS ns.unknown.example.\n");
        File.WriteAllText(carrier, $"$TTL 1\n@ SOA ns1 h 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n{more}\n");
        File.WriteAllText(inside, "$TTL 1\n@ SOA ns1 h 1 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n");
        var settings = TestServer.FromFile(child) with
        {
            NameServers = [new(1, DomainName.Parse("ns1.example.net"), [IPAddress.Loopback]), new(2, DomainName.Parse("ns1.inside.example.net"), [IPAddress.Loopback])],
            Zones =
            [
                new(TestServer.ZoneId, TestZone.Name, 1, false, true, child, ""), new(CarrierId, s_carrier, 1, false, true, carrier, ""),
                new(3, DomainName.Parse("inside.example.net"), 1, false, true, inside, ""),
            ],
        };
        return settings.Signed(SignedServers.Quick, parent);
    }

    private static Task SignalledAsync(TestServer server, bool isExpected) => Eventually.TrueAsync(
        async _ => (await server.AskAsync(Signal, RecordType.CDS)).Count > 0 == isExpected, () => string.Join('\n', server.Log), Cancellation);

    /// <summary>What others say of both zones; the one that carries the signals.</summary>
    private static async Task<ServedZone> SeeAsync(TestServer server)
    {
        await new Witness(server.Remote, TestZone.Name).SeeAsync(Cancellation);
        return await new Witness(server.Remote, s_carrier).SeeAsync(Cancellation);
    }
}
