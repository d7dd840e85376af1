using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Transports;
using Microsoft.Extensions.Time.Testing;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>How long and how many connections are kept (RFC 7766 §6.2, RFC 9210 §4).</summary>
public sealed class TcpLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan s_idle = TcpLimits.Default.IdleTimeout;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly ProtocolServer _server;

    public TcpLimitTests() => _server = new ProtocolServer(_time, TcpLimits.Default with { MaxConnections = 3, MaxConnectionsPerClient = 4 });

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_connection_is_closed_when_it_has_been_idle_for_too_long()
    {
        using var socket = await OpenAsync();

        _time.Advance(s_idle + TimeSpan.FromSeconds(2));

        Assert.Null(await ReceiveAsync(socket));
    }

    [Fact]
    public async Task A_connection_in_use_is_kept()
    {
        using var socket = await OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(s_idle - TimeSpan.FromSeconds(1));
            await UseAsync(socket);
        }
    }

    [Fact]
    public async Task A_client_that_sends_octet_by_octet_wins_no_time()
    {
        using var socket = await OpenAsync();
        foreach (var octet in Frame(Query())[..10])
        {
            _time.Advance(s_idle / 8);
            try
            {
                await SendAsync(socket, [octet]);
            }
            catch (SocketException)
            {
                break;
            }
        }

        Assert.Null(await ReceiveAsync(socket));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_closed()
    {
        using var socket = await OpenAsync();
        var sent = 0;
        var frame = Frame([.. Enumerable.Repeat(Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT), 200)]);
        socket.Blocking = false;
        for (SocketError error; ; sent++)
        {
            socket.Send(frame, SocketFlags.None, out error);
            if (error != SocketError.Success)
            {
                break;
            }
        }

        // The others show that the server has had the time to get stuck with this one.
        for (var round = 0; round < 5; round++)
        {
            using var other = await OpenAsync();
            _time.Advance(s_idle + TimeSpan.FromSeconds(2));
        }

        // What it had been sent before is still to be read, then comes the end.
        socket.Blocking = true;
        socket.ReceiveTimeout = 20_000;
        var buffer = new byte[65536];
        SocketError end;
        while (socket.Receive(buffer, SocketFlags.None, out end) > 0)
        {
        }

        Assert.Contains(end, new[] { SocketError.Success, SocketError.ConnectionReset });
    }

    [Fact]
    public async Task One_connection_too_many_closes_the_one_that_was_idle_longest()
    {
        using var first = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        using var second = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await UseAsync(first);
        using var third = await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        using var fourth = await OpenAsync();

        Assert.Null(await ReceiveAsync(second));
        await UseAsync(first);
        await UseAsync(third);
        await UseAsync(fourth);
    }

    private static Packet Query() => Packet.Query("www.example.");

    private static async Task UseAsync(Socket socket)
    {
        await SendAsync(socket, Frame(Query()));
        Assert.Equal(ResponseCode.NoError, (await ReceiveAsync(socket))!.Code);
    }

    private async Task<Socket> OpenAsync()
    {
        var socket = await ConnectAsync(_server.EndPoint);
        await UseAsync(socket);
        return socket;
    }
}
