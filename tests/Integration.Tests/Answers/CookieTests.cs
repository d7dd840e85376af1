using System.Globalization;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>Cookies among servers of several makers that share an address and a secret (RFC 9018): what one has made the others take.</summary>
public sealed class CookieTests
{
    private const string Secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
    private const int ClientLength = 8;

    private static readonly AnswerZone s_zone = new("tiny", Signing.Plain);

    private static readonly byte[] s_client = [1, 2, 3, 4, 5, 6, 7, 8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Nsd)]
    [InlineData(PeerKind.Knot)]
    public async Task The_cookie_of_a_peer_is_ours_too_and_the_one_before_the_rollover_is_renewed(PeerKind kind)
    {
        await using var peer = await StartPeerAsync(kind);
        var theirs = CookieOf(await AskAsync(peer.EndPoint, s_client));
        Assert.Equal(24, theirs.Length);

        // Some minutes later, so that a cookie made anew is another one.
        var later = new ShiftedTime(TimeSpan.FromMinutes(5));
        await using var same = await StartOursAsync(new CookieSettings(true, CookieSecret.Parse(Secret)), later);
        await using var rolled = await StartOursAsync(new CookieSettings(true, CookieSecret.Create(), CookieSecret.Parse(Secret)), later);
        await using var stranger = await StartOursAsync(new CookieSettings(true, CookieSecret.Create()), later);

        Assert.Equal(theirs, CookieOf(await AskAsync(same.EndPoint, theirs)));
        var renewed = CookieOf(await AskAsync(rolled.EndPoint, theirs));
        Assert.NotEqual(theirs, renewed);
        Assert.Equal(renewed, CookieOf(await AskAsync(rolled.EndPoint, renewed)));
        Assert.NotEqual(theirs, CookieOf(await AskAsync(stranger.EndPoint, theirs)));
    }

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Knot)]
    public async Task Our_cookie_is_good_for_a_peer_that_answers_nobody_without(PeerKind kind)
    {
        await using var peer = await StartPeerAsync(kind);
        await using var same = await StartOursAsync(new CookieSettings(true, CookieSecret.Parse(Secret)), TimeProvider.System);
        var ours = CookieOf(await AskAsync(same.EndPoint, s_client));

        Assert.Equal(ResponseCode.NoError, new Reply(await AskAsync(peer.EndPoint, ours)).ResponseCode);
        ours[^1] ^= 1;
        Assert.Equal(ResponseCode.BadCookie, new Reply(await AskAsync(peer.EndPoint, ours)).ResponseCode);
    }

    [Fact]
    public async Task BINDs_dig_finds_our_cookie_good()
    {
        var dig = InstalledPeers.RequireProgram("dig");
        await using var ours = await StartOursAsync(CookieSettings.Default, TimeProvider.System);

        var output = await PeerProcess.RunAsync(
            dig, Path.GetTempPath(), Cancellation, "@127.0.0.1", "-p", ours.EndPoint.Port.ToString(CultureInfo.InvariantCulture), "+cookie=0102030405060708", s_zone.Origin.ToString(), "SOA");

        Assert.Matches("COOKIE: 0102030405060708[0-9a-f]{32} \\(good\\)", output);
    }

    private static async Task<Peer> StartPeerAsync(PeerKind kind) => await Peer.StartAsync(kind, new PeerSetup(await ZoneAsync()) { CookieSecret = Secret }, Cancellation);

    private static async Task<EngineUnderTest> StartOursAsync(CookieSettings settings, TimeProvider time) => await EngineUnderTest.StartAsync(
        [await ZoneAsync()], AnsweringOptions.Default with { Cookies = new ServerCookies(settings, (uint)time.GetUtcNow().ToUnixTimeSeconds()) }, time);

    private static async Task<PeerZone> ZoneAsync() => new(s_zone.Origin, await s_zone.TextAsync(Cancellation));

    private static async Task<byte[]> AskAsync(IPEndPoint server, byte[] cookie)
    {
        byte[] message = [.. new Query(s_zone.Origin, RecordType.SOA).ToMessage(7), 0, 10, 0, (byte)cookie.Length, .. cookie];
        message[^(cookie.Length + 5)] = (byte)(cookie.Length + 4);
        return await Exchange.UdpAsync(server, message, Cancellation) ?? throw new TimeoutException($"{server} is silent.");
    }

    /// <summary>The data of the COOKIE option; empty where there is none.</summary>
    private static byte[] CookieOf(byte[] reply)
    {
        var reader = new MessageReader(reply, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            for (var options = record.Rdata; record.Type == RecordType.OPT && EdnsOption.TryRead(ref options, out var option);)
            {
                if (option.Code == EdnsOptionCode.Cookie)
                {
                    Assert.Equal(s_client, option.Data[..ClientLength]);
                    return option.Data.ToArray();
                }
            }
        }

        return [];
    }
}
