using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>Response rate limiting as clients meet it: the flood is cut down, and who can prove where it is goes on unharmed.</summary>
public sealed class RateLimitTests : IAsyncLifetime
{
    private const int Rate = 50;
    private const int Flood = 500;

    private readonly ProtocolServer _server = new(new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50)));

    public async ValueTask InitializeAsync()
    {
        // The clock stands still: a window's worth and no more.
        _server.Limit(new ResponseRateLimiter(new RateLimitSettings(ResponsesPerSecond: Rate)));
        await _server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("www.example.", ResponseCode.NoError)]
    [InlineData("none.example.", ResponseCode.NXDomain)]
    [InlineData("x.sub.example.", ResponseCode.NoError)]
    [InlineData("elsewhere.", ResponseCode.Refused)]
    public void A_flood_gets_a_window_of_answers_and_then_every_second_one_truncated(string name, ResponseCode code)
    {
        var replies = Ask(Packet.Query(name), Flood);

        var whole = replies.Where(reply => reply is not null && !reply.Has(MessageHeader.TruncatedFlag)).ToList();
        Assert.Equal(Rate, whole.Count);
        Assert.All(whole, reply => Assert.Equal(code, reply!.Code));
        Assert.Equal((Flood - Rate) / 2, replies.Count(reply => reply is not null && reply.Has(MessageHeader.TruncatedFlag)));
    }

    [Fact]
    public void Names_under_a_wildcard_and_names_that_do_not_exist_count_as_one()
    {
        var expanded = Enumerable.Range(0, Flood).Sum(i => Whole(Ask(Packet.Query($"n{i}.wild.example."), 1)));
        var missing = Enumerable.Range(0, Flood).Sum(i => Whole(Ask(Packet.Query($"n{i}.example."), 1)));

        Assert.Equal(Rate, expanded);
        Assert.Equal(Rate, missing);
    }

    [Fact]
    public void A_truncated_answer_is_header_question_and_OPT()
    {
        var truncated = Ask(Packet.Query("www.example.").Opt(), Flood).First(reply => reply is not null && reply.Has(MessageHeader.TruncatedFlag))!;

        Assert.Empty(truncated.Records);
        Assert.Single(truncated.Questions);
        Assert.NotNull(truncated.Edns);
    }

    [Fact]
    public void Who_has_a_good_cookie_is_not_limited()
    {
        var first = Ask(Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, [1, 2, 3, 4, 5, 6, 7, 8]), 1)[0]!;

        var query = Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, first.Options[EdnsOptionCode.Cookie]);

        Assert.Equal(Flood, Whole(Ask(query, Flood)));
        Assert.Equal(Rate - 1, Whole(Ask(Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, new byte[24]), Flood)));
    }

    [Fact]
    public async Task Over_TCP_nobody_is_limited()
    {
        using var socket = await ConnectAsync(_server.EndPoint);
        await SendAsync(socket, Frame([.. Enumerable.Repeat(Packet.Query("www.example."), Flood)]));
        for (var i = 0; i < Flood; i++)
        {
            Assert.Single((await ReceiveAsync(socket))!.Answers);
        }
    }

    private static int Whole(IEnumerable<Reply?> replies) => replies.Count(reply => reply is not null && !reply.Has(MessageHeader.TruncatedFlag));

    private List<Reply?> Ask(Packet packet, int times)
    {
        var message = packet.ToArray();
        return [.. Enumerable.Range(0, times).Select(_ => _server.Process(message, overUdp: true)).Select(answer => answer.Length == 0 ? null : new Reply(answer))];
    }
}
