using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ManagedDns.Dns.Client;

/// <summary>A connection to a server, TCP or TLS over it, that carries messages behind two length octets (RFC 1035 §4.2.2), read in large blocks.</summary>
internal sealed class Connection : IDisposable
{
    // Enough for a small zone; a large one gets the large block.
    private const int FirstBlock = 16 * 1024;
    private const int LargeBlock = 256 * 1024;

    private readonly Socket _socket;
    private readonly SslStream? _tls;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBlock);
    private int _start;
    private int _end;
    private bool _disposed;

    private Connection(Socket socket, SslStream? tls, IPAddress? source)
    {
        _socket = socket;
        _tls = tls;
        Source = source;
    }

    /// <summary>The address that we have in it.</summary>
    public IPAddress? Source { get; }

    public DnsTransport Transport => _tls is null ? DnsTransport.Tcp : DnsTransport.Tls;

    /// <summary>Messages taken since <see cref="BeginExchange"/>.</summary>
    public int Taken { get; private set; }

    /// <summary>Whether octets of a message wait for the rest of it.</summary>
    public bool IsInsideMessage => _end > _start;

    /// <summary>Whether nothing has come that nobody has asked for, its end included.</summary>
    public bool IsQuiet => !IsInsideMessage && !_socket.Poll(0, SelectMode.SelectRead);

    /// <exception cref="DnsFailureException">TLS could not be had on the terms set.</exception>
    public static async Task<Connection> OpenAsync(Remote remote, FailureText text, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(remote.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (remote.Source is not null)
            {
                socket.Bind(new IPEndPoint(remote.Source, 0));
            }

            await socket.ConnectAsync(remote.EndPoint, cancellation).ConfigureAwait(false);
            var tls = remote.Tls is { } terms ? await TlsHandshake.ConnectAsync(socket, terms, text, time, cancellation).ConfigureAwait(false) : null;
            return new Connection(socket, tls, remote.From(socket).Source);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void BeginExchange() => Taken = 0;

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        if (_tls is not null)
        {
            await _tls.WriteAsync(framed, cancellation).ConfigureAwait(false);
            return;
        }

        for (var sent = 0; sent < framed.Length;)
        {
            sent += await _socket.SendAsync(framed.AsMemory(sent), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what has come; false when the server has closed the connection.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        MakeRoom();
        var received = _tls is null
            ? await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false)
            : await _tls.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
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
        Taken++;
        return true;
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _tls?.Dispose();
            _socket.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    /// <summary>Brings what is left to the front, and takes the large block once the first one was full: a message has at most 65,537 octets with its length.</summary>
    private void MakeRoom()
    {
        var waiting = _buffer.AsSpan(_start, _end - _start);
        if (_end == _buffer.Length && _buffer.Length < LargeBlock)
        {
            var larger = ArrayPool<byte>.Shared.Rent(LargeBlock);
            waiting.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            waiting.CopyTo(_buffer);
        }

        _end -= _start;
        _start = 0;
    }
}
