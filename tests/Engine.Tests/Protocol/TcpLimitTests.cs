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

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(120);

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
        socket.ReceiveTimeout = 120_000;
        var buffer = new byte[65536];
        SocketError end;
        while (socket.Receive(buffer, SocketFlags.None, out end) > 0)
        {
        }

        Assert.Contains(end, new[] { SocketError.Success, SocketError.ConnectionReset });
    }

    [Fact]
    public async Task Of_clients_that_do_not_read_only_so_many_are_waited_for()
    {
        const int Patience = 2;
        var server = new ProtocolServer(_time, TcpLimits.Default with { MaxSlowClients = Patience });
        await server.InitializeAsync();
        await using var disposing = server;
        var sockets = new List<Socket>();
        for (var i = 0; i < Patience + 2; i++)
        {
            sockets.Add(await ConnectAsync(server.EndPoint));
            sockets[^1].Blocking = false;
        }

        // Nobody has been idle for long enough to be closed, but two are.
        var frame = Frame([.. Enumerable.Repeat(Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT), 200)]);
        var sent = new int[sockets.Count];
        var open = sockets.Count;
        Assert.True(SpinWait.SpinUntil(() => (open = sockets.Where((socket, i) => IsOpenAfterMore(socket, frame, ref sent[i])).Count()) <= Patience, s_bound));
        Assert.Equal(Patience, open);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public void What_cannot_be_watched_is_told_at_once()
    {
        // As when the system has no more watches to give.
        if (!TcpLoop.IsSupported)
        {
            return;
        }

        var path = Path.GetTempFileName();
        using var loop = new TcpLoop("test");
        using (var file = File.OpenHandle(path))
        {
            Assert.Throws<SocketException>(() => loop.Register(file, new TcpReadiness()));
        }

        File.Delete(path);
    }


    private static bool IsOpenAfterMore(Socket socket, byte[] frame, ref int at)
    {
        SocketError error;
        do
        {
            at = (at + socket.Send(frame.AsSpan(at), SocketFlags.None, out error)) % frame.Length;
        }
        while (error == SocketError.Success);

        return error == SocketError.WouldBlock;
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
