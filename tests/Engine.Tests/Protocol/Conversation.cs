using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>What a test says to a server, and what it hears. Every wait is bounded: a server that hangs fails the test.</summary>
internal static class Conversation
{
    private const ushort SentinelId = 0xFFFF;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    /// <summary>
    /// The reply over UDP, or null for silence. Silence is known without waiting for it: a good query follows from the same socket, and when that
    /// is answered, the first one never will be, since one thread answers in turn.
    /// </summary>
    public static async Task<Reply?> AskAsync(IPEndPoint server, byte[] message)
    {
        using var patience = Patience();
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, patience.Token);
        await socket.SendAsync(message, patience.Token);
        await socket.SendAsync(new Packet { Id = SentinelId }.Question("ns1.example.").ToArray(), patience.Token);
        var buffer = new byte[65536];
        Reply? reply = null;
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, patience.Token);
            if (BinaryPrimitives.ReadUInt16BigEndian(buffer) == SentinelId)
            {
                return reply;
            }

            Assert.Null(reply);
            reply = new Reply(buffer[..length]);
            Assert.Equal(BinaryPrimitives.ReadUInt16BigEndian(message), reply.Header.Id);
        }
    }

    public static Task<Reply?> AskAsync(IPEndPoint server, Packet packet) => AskAsync(server, packet.ToArray());

    public static async Task<Reply> AnswerAsync(IPEndPoint server, Packet packet)
    {
        var reply = await AskAsync(server, packet);
        Assert.NotNull(reply);
        return reply;
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        using var patience = Patience();
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, patience.Token);
        return socket;
    }

    public static byte[] Frame(params Packet[] packets) => [.. packets.SelectMany(packet => Frame(packet.ToArray()))];

    public static byte[] Frame(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    public static async Task SendAsync(Socket socket, byte[] octets)
    {
        using var patience = Patience();
        for (var sent = 0; sent < octets.Length;)
        {
            sent += await socket.SendAsync(octets.AsMemory(sent), patience.Token);
        }
    }

    /// <summary>The next reply over TCP; null where the server has closed the connection.</summary>
    public static async Task<Reply?> ReceiveAsync(Socket socket)
    {
        using var patience = Patience();
        var prefix = new byte[2];
        if (!await FillAsync(socket, prefix, patience.Token))
        {
            return null;
        }

        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        Assert.True(await FillAsync(socket, message, patience.Token));
        return new Reply(message);
    }

    public static async Task<Reply> TcpAnswerAsync(IPEndPoint server, Packet packet)
    {
        using var socket = await ConnectAsync(server);
        await SendAsync(socket, Frame(packet));
        var reply = await ReceiveAsync(socket);
        Assert.NotNull(reply);
        return reply;
    }

    private static async Task<bool> FillAsync(Socket socket, byte[] buffer, CancellationToken cancellation)
    {
        for (var have = 0; have < buffer.Length;)
        {
            int length;
            try
            {
                length = await socket.ReceiveAsync(buffer.AsMemory(have), cancellation);
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                return false;
            }

            if (length == 0)
            {
                return false;
            }

            have += length;
        }

        return true;
    }

    private static CancellationTokenSource Patience()
    {
        var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(s_patience);
        return patience;
    }
}
