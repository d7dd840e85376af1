using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.TestKit;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Client;

public class DnsClientTests
{
    internal static readonly DomainName Zone = Name("example.com");
    internal static readonly TsigKey Key = new(Name("transfer.example"), TsigAlgorithm.HmacSha256, new byte[] { 1, 2, 3, 4 });

    /// <summary>Short waits for servers that are never going to answer.</summary>
    private static readonly QueryOptions s_brief = new() { Tries = 2, Timeout = TimeSpan.FromMilliseconds(50), MaxTimeout = TimeSpan.FromMilliseconds(200) };

    /// <summary>For servers that answer: a machine that stands still for a while must not make a query be sent twice.</summary>
    private static readonly QueryOptions s_patient = new() { Timeout = TimeSpan.FromSeconds(60), MaxTimeout = TimeSpan.FromSeconds(60) };

    private readonly DnsClient _client = new(TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static ServerScript Script => new(
        Zone,
        [Soa("example.com", 5), NS("example.com", "ns1.example.com"), .. Enumerable.Range(1, 20).Select(i => A($"host{i}.example.com", (byte)i))]);

    private Task<SoaAnswer> AskAsync(ScriptedServer server, TsigKey? key = null, QueryOptions? options = null) =>
        _client.QuerySoaAsync(new Remote(server.EndPoint, key), Zone, options ?? s_patient, Cancellation);

    private async Task<Failure> FailAsync(ScriptedServer server, TsigKey? key = null, QueryOptions? options = null) =>
        Check((await Assert.ThrowsAsync<DnsFailureException>(() => AskAsync(server, key, options))).Failure, server);

    internal static Failure Check(Failure failure, ScriptedServer server)
    {
        Assert.Equal(server.EndPoint, failure.Server);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Remedy, StringComparison.Ordinal);
        return failure;
    }

    [Fact]
    public async Task A_SOA_query_brings_serial_timers_and_transport()
    {
        await using var server = ScriptedServer.Start(Script);
        var answer = await AskAsync(server);
        Assert.Equal(new Soa(5, 3600, 900, 604800, 300), answer.Soa);
        Assert.Equal(Soa("example.com", 5), answer.Record);
        Assert.Equal(DnsTransport.Udp, answer.Transport);
        Assert.Null(answer.ClockSkew);
        Assert.True(answer.RoundTrip > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(TsigAlgorithm.HmacMd5)]
    [InlineData(TsigAlgorithm.HmacSha224)]
    [InlineData(TsigAlgorithm.HmacSha512)]
    public async Task A_signed_SOA_query_is_answered_signed(TsigAlgorithm algorithm)
    {
        var key = new TsigKey(Key.Name, algorithm, Key.Secret);
        await using var server = ScriptedServer.Start(Script with { Keys = [key], RequiresTsig = true });
        var answer = await AskAsync(server, key);
        Assert.Equal(5u, answer.Serial);
        Assert.InRange(answer.ClockSkew!.Value.TotalSeconds, -10, 10);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_over_TCP()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.Truncated });
        Assert.Equal(DnsTransport.Tcp, (await AskAsync(server)).Transport);
        Assert.Equal([false, true], server.Requests.Select(r => r.OverTcp));
    }

    [Fact]
    public async Task A_lost_query_is_sent_again_with_another_id_from_another_port()
    {
        await using var server = ScriptedServer.Start(Script with { LostRequests = 2 });
        Assert.Equal(5u, (await AskAsync(server, options: s_brief with { Tries = 20, MaxTimeout = TimeSpan.FromSeconds(5) })).Serial);
        Assert.True(server.Requests.Count >= 3);
        Assert.Equal(server.Requests.Count, server.Requests.Select(r => (r.Id, r.FromPort)).Distinct().Count());
    }

    [Fact]
    public async Task Forged_answers_are_ignored_and_the_right_one_taken()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.ForgedAnswersFirst });
        Assert.Equal(5u, (await AskAsync(server)).Serial);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(Misbehaviour.Silence)]
    [InlineData(Misbehaviour.WrongId)]
    [InlineData(Misbehaviour.WrongQuestion)]
    [InlineData(Misbehaviour.NoQuestion)]
    public async Task Without_an_answer_that_fits_a_query_over_UDP_times_out(Misbehaviour misbehaviour)
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = misbehaviour });
        var failure = await FailAsync(server, options: s_brief);
        Assert.Equal(FailureReason.Timeout, failure.Reason);
        Assert.Contains("0.2 seconds", failure.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => server.Requests.Count == 2, () => $"{server.Requests.Count} requests", Cancellation);
    }

    [Theory]
    [InlineData(Misbehaviour.WrongId, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.WrongQuestion, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.Silence, FailureReason.Timeout)]
    [InlineData(Misbehaviour.ClosesAtOnce, FailureReason.ConnectionClosed)]
    [InlineData(Misbehaviour.ClosesInMidStream, FailureReason.ConnectionClosed)]
    [InlineData(Misbehaviour.ClosesInsideMessage, FailureReason.ConnectionClosed)]
    [InlineData(Misbehaviour.ResetInMidStream, FailureReason.ConnectionClosed)]
    [InlineData(Misbehaviour.CutShort, FailureReason.Malformed)]
    public async Task Over_TCP_each_fault_has_its_reason(Misbehaviour misbehaviour, FailureReason reason)
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = misbehaviour });
        var options = new QueryOptions { Transport = DnsTransport.Tcp, MaxTimeout = TimeSpan.FromSeconds(misbehaviour == Misbehaviour.Silence ? 0.1 : 10) };
        Assert.Equal(reason, (await FailAsync(server, options: options)).Reason);
    }

    [Theory]
    [InlineData(ResponseCode.Refused, FailureReason.Refused, "REFUSED")]
    [InlineData(ResponseCode.ServFail, FailureReason.ServerFailure, "SERVFAIL")]
    [InlineData(ResponseCode.NXDomain, FailureReason.NameError, "NXDOMAIN")]
    [InlineData(ResponseCode.NotAuth, FailureReason.NotAuthoritative, "NOTAUTH")]
    [InlineData(ResponseCode.NotImp, FailureReason.NotImplemented, "NOTIMP")]
    [InlineData(ResponseCode.FormErr, FailureReason.FormatError, "FORMERR")]
    [InlineData(ResponseCode.YXDomain, FailureReason.OtherResponseCode, "YXDOMAIN")]
    public async Task A_response_code_is_named(ResponseCode code, FailureReason reason, string mnemonic)
    {
        await using var server = ScriptedServer.Start(Script with { Code = code });
        var failure = await FailAsync(server);
        Assert.Equal((reason, (ResponseCode?)code), (failure.Reason, failure.ResponseCode));
        Assert.Contains(mnemonic, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_authority_is_a_failure()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.NotAuthoritative });
        Assert.Equal(FailureReason.NotAuthoritative, (await FailAsync(server)).Reason);
    }

    [Fact]
    public async Task A_name_inside_a_zone_is_told_from_a_zone()
    {
        await using var server = ScriptedServer.Start(Script);
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => _client.QuerySoaAsync(new Remote(server.EndPoint), Name("www.example.com"), null, Cancellation));
        Assert.Equal(FailureReason.MissingSoa, failure.Failure.Reason);
    }

    [Fact]
    public async Task Another_secret_is_told_as_such()
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [new TsigKey(Key.Name, Key.Algorithm, new byte[] { 9 })] });
        var failure = await FailAsync(server, Key);
        Assert.Equal(FailureReason.BadSignature, failure.Reason);
        Assert.Contains("BADSIG", failure.Message, StringComparison.Ordinal);
        Assert.Contains("secret", failure.Remedy, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_unknown_key_is_told_as_such()
    {
        await using var server = ScriptedServer.Start(Script);
        var failure = await FailAsync(server, Key);
        Assert.Equal(FailureReason.BadKey, failure.Reason);
        Assert.Contains("'transfer.example'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600, "ahead of")]
    [InlineData(-3600, "behind")]
    public async Task A_clock_that_is_off_is_told_in_seconds(int seconds, string direction)
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [Key], ClockOffset = TimeSpan.FromSeconds(seconds) });
        var failure = await FailAsync(server, Key);
        Assert.Equal(FailureReason.BadTime, failure.Reason);
        Assert.InRange(failure.ClockSkew!.Value.TotalSeconds, seconds - 10, seconds + 10);
        Assert.Contains($"seconds {direction} ours", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task An_answer_that_is_not_genuine_is_never_taken()
    {
        // A genuine one is waited for, and a machine that stands still for a while must not be taken for a silent server: all at a time.
        var once = new QueryOptions { Tries = 1, Timeout = TimeSpan.FromSeconds(5), MaxTimeout = TimeSpan.FromSeconds(5) };
        return Task.WhenAll(
            NeverTakenAsync(Misbehaviour.IgnoresTsig, FailureReason.NotSigned),
            NeverTakenAsync(Misbehaviour.UnsignedAnswer, FailureReason.NotSigned),
            NeverTakenAsync(Misbehaviour.AlteredMac, FailureReason.BadSignature),
            NeverTakenAsync(Misbehaviour.AlteredMessage, FailureReason.BadSignature));

        async Task NeverTakenAsync(Misbehaviour misbehaviour, FailureReason reason)
        {
            await using var server = ScriptedServer.Start(Script with { Keys = [Key], Misbehaviour = misbehaviour });
            foreach (var options in new[] { once, s_patient with { Transport = DnsTransport.Tcp } })
            {
                Assert.Equal((misbehaviour, reason), (misbehaviour, (await FailAsync(server, Key, options)).Reason));
            }
        }
    }

    [Fact]
    public async Task An_unsigned_refusal_of_a_signed_query_is_told_as_refusal()
    {
        await using var server = ScriptedServer.Start(Script with { Code = ResponseCode.Refused, Misbehaviour = Misbehaviour.IgnoresTsig });
        Assert.Equal(FailureReason.Refused, (await FailAsync(server, Key)).Reason);
    }

    [Fact]
    public async Task A_bare_NOTAUTH_to_a_signed_query_tells_that_the_signature_was_not_accepted()
    {
        await using var server = ScriptedServer.Start(Script with { Code = ResponseCode.NotAuth, Misbehaviour = Misbehaviour.IgnoresTsig });
        var failure = await FailAsync(server, Key);
        Assert.Equal((FailureReason.BadSignature, (ResponseCode?)ResponseCode.NotAuth), (failure.Reason, failure.ResponseCode));
        Assert.Contains("PowerDNS", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DnsTransport.Udp)]
    [InlineData(DnsTransport.Tcp)]
    public async Task A_closed_port_is_told_at_once(DnsTransport transport)
    {
        var failure = await Assert.ThrowsAsync<DnsFailureException>(
            () => _client.QuerySoaAsync(new Remote(LoopbackPort.Free()), Zone, s_patient with { Transport = transport }, Cancellation));
        Assert.Equal(FailureReason.PortClosed, failure.Failure.Reason);
    }

    [Fact]
    public async Task A_source_address_that_is_not_ours_is_told()
    {
        await using var server = ScriptedServer.Start(Script);
        var remote = new Remote(server.EndPoint, Source: IPAddress.Parse("192.0.2.200"));
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => _client.QuerySoaAsync(remote, Zone, null, Cancellation));
        Assert.Equal(FailureReason.Unreachable, failure.Failure.Reason);
        Assert.Contains("192.0.2.200", failure.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_source_address_given_is_used()
    {
        var source = IPAddress.Parse("127.0.0.77");
        await using var server = ScriptedServer.Start(Script);
        var response = await _client.QueryAsync(new Remote(server.EndPoint, Source: source), Zone, RecordType.SOA, null, Cancellation);
        Assert.Equal(source, response.Source);
    }

    [Fact]
    public async Task Any_response_code_is_an_answer_to_a_plain_query()
    {
        await using var server = ScriptedServer.Start(Script with { Code = ResponseCode.NXDomain });
        var options = s_patient with { UdpPayloadSize = 1232, DnssecOk = true };
        var response = await _client.QueryAsync(new Remote(server.EndPoint), Name("nowhere.example.com"), RecordType.A, options, Cancellation);
        Assert.Equal(ResponseCode.NXDomain, response.Code);
        Assert.True(response.IsAuthoritative);
        var sent = ReadAll(Assert.Single(server.Requests).Message);
        Assert.Equal(new EdnsHeader(1232, true), EdnsHeader.From(Assert.Single(sent.Records).Record.AsWire()));
    }

    [Fact]
    public async Task A_query_that_is_cancelled_ends_as_cancelled()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.Silence });
        using var cancel = new CancellationTokenSource();
        var query = _client.QuerySoaAsync(new Remote(server.EndPoint), Zone, null, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
    }

    [Fact]
    public async Task A_NOTIFY_carries_the_SOA_and_is_repeated_until_answered()
    {
        await using var server = ScriptedServer.Start(Script with { LostRequests = 1, Keys = [Key], RequiresTsig = true });
        var options = s_brief with { Tries = 20, MaxTimeout = TimeSpan.FromSeconds(5) };
        var answer = await _client.NotifyAsync(new Remote(server.EndPoint, Key), Zone, Soa("example.com", 9), options, Cancellation);
        Assert.True(answer.Tries >= 2);
        var request = server.Requests[^1];
        Assert.Equal((Opcode.Notify, RecordType.SOA, Zone), (request.Opcode, request.Type, request.Name));
        Assert.True(MessageHeader.TryRead(request.Message, out var header) && header.IsAuthoritative);
        Assert.Equal(Soa("example.com", 9), ReadAll(request.Message).Records[0].Record);
    }

    [Theory]
    [InlineData(ResponseCode.Refused, FailureReason.Refused)]
    [InlineData(ResponseCode.NotAuth, FailureReason.NotAuthoritative)]
    [InlineData(ResponseCode.NotImp, FailureReason.NotImplemented)]
    public async Task A_NOTIFY_that_is_turned_down_says_so(ResponseCode code, FailureReason reason)
    {
        await using var server = ScriptedServer.Start(Script with { Code = code });
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => _client.NotifyAsync(new Remote(server.EndPoint), Zone, null, null, Cancellation));
        Assert.Equal(reason, Check(failure.Failure, server).Reason);
        Assert.Contains("NOTIFY", failure.Failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_IPv6_server_is_asked_over_IPv6()
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        var query = _client.QueryAsync(new Remote((IPEndPoint)socket.LocalEndPoint!), Zone, RecordType.SOA, s_patient, Cancellation);
        var buffer = new byte[512];
        var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.IPv6Any, 0), Cancellation);
        buffer[2] |= 0x80;
        await socket.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), SocketFlags.None, received.RemoteEndPoint, Cancellation);
        Assert.Equal(ResponseCode.NoError, (await query).Code);
    }
}
