using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Transports;
using Microsoft.Extensions.Time.Testing;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>Which connections are kept and which are not, when clients are slow (RFC 7766 §6.2, RFC 9210 §4).</summary>
public sealed class TcpLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan s_idle = TcpLimits.Default.IdleTimeout;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly ProtocolServer _server;

    public TcpLimitTests() => _server = new ProtocolServer(_time, TcpLimits.Default);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

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
        var frame = Frame([.. Enumerable.Repeat(Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT), 200)]);
        socket.Blocking = false;
        SocketError error;
        do
        {
            socket.Send(frame, SocketFlags.None, out error);
        }
        while (error == SocketError.Success);

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
