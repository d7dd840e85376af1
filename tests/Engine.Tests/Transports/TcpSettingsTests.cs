using System.Buffers.Binary;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Transports;

/// <summary>What the settings say of TCP clients, in a server that runs.</summary>
public sealed class TcpSettingsTests
{
    [Fact]
    public async Task Limits_change_while_the_server_runs_and_its_connections_stay()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        var port = server.EndPoint.Port;
        using var first = await ConnectAsync(server.EndPoint);
        Assert.Equal(100, await KeepaliveAsync(first));

        server.Apply(Tcp(new TcpSettings(10, 1) { IdleTimeout = TimeSpan.FromMinutes(5) }));

        Assert.Equal(3000, await KeepaliveAsync(first));
        using (var second = await ConnectAsync(server.EndPoint))
        {
            Assert.Null(await ReceiveAsync(second));
        }

        server.Apply(Tcp(new TcpSettings(10, 2)));

        using var third = await ConnectAsync(server.EndPoint);
        Assert.Equal(100, await KeepaliveAsync(third));
        Assert.Equal(100, await KeepaliveAsync(first));
        Assert.Equal(port, server.EndPoint.Port);
    }

    [Fact]
    public async Task Limits_hold_from_the_start()
    {
        await using var server = await TestServer.StartAsync(Tcp(new TcpSettings(1, 8))(TestServer.Secondary()));
        using var first = await ConnectAsync(server.EndPoint);
        await KeepaliveAsync(first);
        using var second = await ConnectAsync(server.EndPoint);

        await KeepaliveAsync(second);
        Assert.Null(await ReceiveAsync(first));
    }

    private static Func<ServiceSettings, ServiceSettings> Tcp(TcpSettings tcp) => settings => settings with { Server = settings.Server with { Tcp = tcp } };

    /// <summary>The idle timeout that an answer tells, in tenths of a second.</summary>
    private static async Task<int> KeepaliveAsync(Socket socket)
    {
        byte[] asksForIt = [0, (byte)EdnsOptionCode.TcpKeepalive, 0, 0];
        await SendAsync(socket, Frame(Answering.Answers.Query("www.example", RecordType.A, edns: true, options: asksForIt)));
        var reply = await ReceiveAsync(socket);
        Assert.NotNull(reply);
        return BinaryPrimitives.ReadUInt16BigEndian(reply.Options[EdnsOptionCode.TcpKeepalive]);
    }
}
