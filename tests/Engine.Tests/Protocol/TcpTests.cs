using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>RFC 7766 as a client sees it, and clients that are slow, hasty or wrong.</summary>
public sealed class TcpTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    [Fact]
    public async Task Pipelined_queries_are_all_answered()
    {
        const int Queries = 1_000;
        using var socket = await ConnectAsync(server.EndPoint);
        var packets = Enumerable.Range(0, Queries).Select(i => new Packet { Id = (ushort)i }.Question(i % 2 == 0 ? "www.example." : "none.example.").Opt()).ToArray();
        await SendAsync(socket, Frame(packets));

        var codes = new ResponseCode?[Queries];
        for (var i = 0; i < Queries; i++)
        {
            var reply = await ReceiveAsync(socket);
            Assert.NotNull(reply);
            Assert.Null(codes[reply.Header.Id]);
            codes[reply.Header.Id] = reply.Code;
        }

        Assert.Equal(Enumerable.Range(0, Queries).Select(i => (ResponseCode?)(i % 2 == 0 ? ResponseCode.NoError : ResponseCode.NXDomain)), codes);
    }

    [Fact]
    public async Task Pipelined_queries_with_large_answers_are_all_answered_whole()
    {
        const int Queries = 500;
        using var socket = await ConnectAsync(server.EndPoint);
        var packets = Enumerable.Range(0, Queries).Select(i => new Packet { Id = (ushort)i }.Question(ProtocolServer.NameOf4000, RecordType.TXT)).ToArray();
        var sending = SendAsync(socket, Frame(packets));

        var ids = new HashSet<ushort>();
        for (var i = 0; i < Queries; i++)
        {
            var reply = await ReceiveAsync(socket);
            Assert.InRange(reply!.Octets.Length, 4000, 6000);
            Assert.True(ids.Add(reply.Header.Id));
        }

        await sending;
    }

    [Fact]
    public async Task Octets_that_come_one_by_one_make_a_query()
    {
        using var socket = await ConnectAsync(server.EndPoint);
        foreach (var octet in Frame(Query(1), Query(2)))
        {
            await SendAsync(socket, [octet]);
        }

        Assert.Equal(1, (await ReceiveAsync(socket))!.Header.Id);
        Assert.Equal(2, (await ReceiveAsync(socket))!.Header.Id);
    }

    [Fact]
    public async Task Messages_may_be_split_and_joined_at_any_octet()
    {
        var stream = Frame(Query(1), Query(2), Query(3));
        for (var split = 1; split < stream.Length; split++)
        {
            using var socket = await ConnectAsync(server.EndPoint);
            await SendAsync(socket, stream[..split]);
            await SendAsync(socket, stream[split..]);

            var ids = new[] { await ReceiveAsync(socket), await ReceiveAsync(socket), await ReceiveAsync(socket) }.Select(reply => (int)reply!.Header.Id);

            Assert.Equal([1, 2, 3], ids.Order());
        }
    }

    [Fact]
    public async Task A_message_of_length_zero_or_less_than_a_header_does_no_harm()
    {
        foreach (var length in new[] { 0, 1, 11 })
        {
            using var socket = await ConnectAsync(server.EndPoint);
            await SendAsync(socket, [.. Frame(new byte[length]), .. Frame(Query(7))]);

            // Either the connection ends here, or what follows is answered.
            var reply = await ReceiveAsync(socket);
            Assert.True(reply is null || reply.Header.Id == 7);
        }

        await StillServesAsync();
    }

    [Fact]
    public async Task A_client_that_half_closes_still_gets_its_answers()
    {
        using var socket = await ConnectAsync(server.EndPoint);
        await SendAsync(socket, Frame(Query(1), Query(2)));
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal([1, 2], new[] { await ReceiveAsync(socket), await ReceiveAsync(socket) }.Select(reply => (int)reply!.Header.Id).Order());
        Assert.Null(await ReceiveAsync(socket));
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_a_message_does_no_harm()
    {
        var frame = Frame(Query(1));
        for (var length = 0; length < frame.Length; length++)
        {
            using var socket = await ConnectAsync(server.EndPoint);
            await SendAsync(socket, frame[..length]);
            if (length % 2 == 0)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }

        await StillServesAsync();
    }

    [Fact]
    public async Task Clients_that_do_not_read_or_do_not_finish_keep_nobody_waiting()
    {
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var unfinished = await ConnectAsync(server.EndPoint);
                slow.Add(unfinished);
                await SendAsync(unfinished, Frame(Query(1))[..^1]);

                var deaf = await ConnectAsync(server.EndPoint);
                slow.Add(deaf);
                deaf.Blocking = false;
                FillUntilStuck(deaf, Frame(Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT)));
            }

            await StillServesAsync();
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_response_over_TCP_is_not_answered()
    {
        using var socket = await ConnectAsync(server.EndPoint);
        await SendAsync(socket, [.. Frame(Packet.Query("www.example.", flags: 0x8000)), .. Frame(Query(9))]);

        var reply = await ReceiveAsync(socket);

        Assert.True(reply is null || reply.Header.Id == 9);
    }

    [Fact]
    public async Task A_FORMERR_does_not_end_the_connection()
    {
        using var socket = await ConnectAsync(server.EndPoint);
        await SendAsync(socket, [.. Frame(Packet.Query("www.example.").Opt().Opt()), .. Frame(Query(9))]);

        var replies = new[] { await ReceiveAsync(socket), await ReceiveAsync(socket) };

        Assert.Contains(replies, reply => reply!.Code == ResponseCode.FormErr);
        Assert.Contains(replies, reply => reply!.Header.Id == 9 && reply.Code == ResponseCode.NoError);
    }

    [Fact]
    public async Task A_message_of_the_greatest_length_is_read_whole()
    {
        var query = Packet.Query("www.example.").Option((EdnsOptionCode)65001, new byte[65_450]).ToArray();
        Assert.InRange(query.Length, 65_400, 65_535);
        using var socket = await ConnectAsync(server.EndPoint);
        await SendAsync(socket, Frame(query));

        Assert.Equal(ResponseCode.NoError, (await ReceiveAsync(socket))!.Code);
    }

    private static Packet Query(ushort id) => new Packet { Id = id }.Question("www.example.");

    private static void FillUntilStuck(Socket socket, byte[] frame)
    {
        for (var i = 0; i < 2_000; i++)
        {
            socket.Send(frame, SocketFlags.None, out var error);
            if (error != SocketError.Success)
            {
                return;
            }
        }
    }

    private async Task StillServesAsync()
    {
        Assert.Equal(ResponseCode.NoError, (await TcpAnswerAsync(server.EndPoint, Query(42))).Code);
        Assert.Equal(ResponseCode.NoError, (await AnswerAsync(server.EndPoint, Query(43))).Code);
    }
}
