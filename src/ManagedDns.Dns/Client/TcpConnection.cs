using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Dns.Client;

/// <summary>A TCP connection to a server that carries messages behind two length octets (RFC 1035 §4.2.2), read in large blocks.</summary>
internal sealed class TcpConnection : IDisposable
{
    private const int BlockLength = 256 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BlockLength);
    private int _start;
    private int _end;

    private TcpConnection(Socket socket, Remote remote)
    {
        _socket = socket;
        Remote = remote;
    }

    /// <summary>The server, with the source address that the connection has.</summary>
    public Remote Remote { get; }

    /// <summary>Whether octets of a message wait for the rest of it.</summary>
    public bool IsInsideMessage => _end > _start;

    public static async Task<TcpConnection> ConnectAsync(Remote remote, CancellationToken cancellation)
    {
        var socket = new Socket(remote.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (remote.Source is not null)
            {
                socket.Bind(new IPEndPoint(remote.Source, 0));
            }

            await socket.ConnectAsync(remote.EndPoint, cancellation).ConfigureAwait(false);
            return new TcpConnection(socket, remote.From(socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        for (var sent = 0; sent < framed.Length;)
        {
            sent += await _socket.SendAsync(framed.AsMemory(sent), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what has come; false when the server has closed the connection.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        // A message has at most 65,537 octets with its length, so moving what is left of one makes room for its rest.
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += received;
        return received > 0;
    }

    /// <summary>Takes the next whole message that has come; its memory is valid until the next <see cref="FillAsync"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> message)
    {
        message = default;
        var waiting = _buffer.AsSpan(_start, _end - _start);
        if (waiting.Length < 2)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(waiting);
        if (waiting.Length < 2 + length)
        {
            return false;
        }

        message = waiting.Slice(2, length);
        _start += 2 + length;
        return true;
    }

    public void Dispose()
    {
        _socket.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
