using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// One TCP or TLS client: reads as much as there is, answers all whole messages in it, and sends the answers with one write. Transfers run beside the queries, so that
/// nothing waits for them (RFC 7766 §6.2.1.1).
/// </summary>
internal sealed class TcpConnection : ITransferChannel, IDisposable
{
    private const int PrefixLength = 2;
    private const int MaxFrame = ushort.MaxValue + PrefixLength;
    private const int FirstInput = 2048;

    // Reads in a row that a client may keep its loop's thread for: the thread waits for many clients.
    private const int MaxRounds = 16;


    private readonly Socket _socket;
    private readonly TcpTransport _transport;
    private readonly IPEndPoint _client;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly List<Task> _transfers = [];
    private byte[] _input = ArrayPool<byte>.Shared.Rent(FirstInput);
    private readonly TcpReadiness _readiness = new();
    private readonly TcpLoop? _loop;
    private SslStream? _tls;
    private int _start;
    private int _end;
    private int _rounds;
    private bool _isDrained;
    private long _lastActive;

    /// <param name="loop">Waits for the client and serves it; null: the platform's asynchronous sockets do.</param>
    public TcpConnection(Socket socket, TcpTransport transport, TcpLoop? loop)
    {
        _socket = socket;
        _transport = transport;
        _loop = loop;
        _client = (IPEndPoint)socket.RemoteEndPoint!;
        Touch();
    }

    /// <summary>When the last whole message came or the last answer was taken, as the transport's clock stamps it.</summary>
    public long LastActive => Volatile.Read(ref _lastActive);

    /// <summary>Serves the client until it leaves or is closed. Never throws.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            if (_transport.Identity is { } identity)
            {
                var asks = _transport.Transfers is { AsksForCertificates: true };
                _tls = await TlsServer.AcceptAsync(_socket, identity, asks, cancellation).ConfigureAwait(false);
            }

            if (_loop is not null)
            {
                _socket.Blocking = false;
                _loop.Register(_socket.SafeHandle, _readiness);
            }

            while (await ReceiveAsync(cancellation).ConfigureAwait(false))
            {
                await AnswerAsync(cancellation).ConfigureAwait(false);
            }

            // The client may have said all it had to say and still listen.
            await Task.WhenAll(_transfers).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or IOException or AuthenticationException)
        {
            // The client is gone, or we are.
        }
        finally
        {
            _loop?.Forget(_readiness);
            _socket.Dispose();
            await Task.WhenAll(_transfers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _tls?.Dispose();
            ArrayPool<byte>.Shared.Return(_input);
            _writing.Dispose();
        }
    }

    /// <summary>Ends the connection; <see cref="RunAsync"/> then returns.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _readiness.Signal(ended: true);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> framedMessages, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_tls is not null)
            {
                Touch();
                await _tls.WriteAsync(framedMessages, cancellation).ConfigureAwait(false);
                Touch();
                return;
            }

            while (!framedMessages.IsEmpty)
            {
                // Before the client has the answer: what it does with it, on whichever connection, counts as later.
                Touch();
                var sending = _socket.SendAsync(framedMessages, SocketFlags.None, cancellation);
                var isSlow = !sending.IsCompleted;
                framedMessages = framedMessages[await sending.ConfigureAwait(false)..];
                if (isSlow)
                {
                    Touch();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection has ended.", e);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Touch() => Volatile.Write(ref _lastActive, _transport.Time.GetTimestamp());

    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellation)
    {
        MakeRoom();
        var received = _tls is not null
            ? await _tls.ReadAsync(_input.AsMemory(_end), cancellation).ConfigureAwait(false)
            : _loop is null
            ? await _socket.ReceiveAsync(_input.AsMemory(_end), SocketFlags.None, cancellation).ConfigureAwait(false)
            : await ReceiveWhenReadyAsync().ConfigureAwait(false);
        _end += received;
        return received > 0;
    }

    private async ValueTask<int> ReceiveWhenReadyAsync()
    {
        // What did not fill the buffer was all there was; the next octet will be signalled. Only an end is not, when it came with them.
        if (_isDrained && !_readiness.HasEnded)
        {
            await _readiness.WaitAsync().ConfigureAwait(false);
            _rounds = 0;
        }
        else if (++_rounds > MaxRounds)
        {
            // One that never stops sending goes on beside the loop, until it has to be waited for.
            await Task.Yield();
            _rounds = 0;
        }

        while (true)
        {
            var room = _input.Length - _end;
            var received = _socket.Receive(_input.AsSpan(_end), SocketFlags.None, out var error);
            _isDrained = received < room;
            if (error == SocketError.Success)
            {
                return received;
            }

            if (error != SocketError.WouldBlock)
            {
                throw new SocketException((int)error);
            }

            await _readiness.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Brings what is left to the front, in a buffer that takes at least the message that has begun.</summary>
    private void MakeRoom()
    {
        var left = _end - _start;
        var needed = left >= PrefixLength ? PrefixLength + BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(_start)) : FirstInput;
        if (needed > _input.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(MaxFrame);
            _input.AsSpan(_start, left).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_input);
            _input = larger;
        }
        else if (_start > 0)
        {
            _input.AsSpan(_start, left).CopyTo(_input);
        }

        (_start, _end) = (0, left);
    }

    private async ValueTask AnswerAsync(CancellationToken cancellation)
    {
        var workspace = TcpWorkspace.Rent();
        try
        {
            bool more;
            do
            {
                more = AnswerSome(workspace, cancellation, out var length);
                if (length > 0)
                {
                    await WriteAsync(workspace, length, cancellation).ConfigureAwait(false);
                }
            }
            while (more);
        }
        finally
        {
            TcpWorkspace.Return(workspace);
        }
    }

    private ValueTask WriteAsync(TcpWorkspace workspace, int length, CancellationToken cancellation)
    {
        var writing = WriteAsync(workspace.Output.AsMemory(0, length), cancellation);
        return writing.IsCompleted ? writing : WaitAsync(writing.AsTask());
    }

    /// <summary>Waits for a client that does not take its answers. It keeps a workspace all the while, so that only so many may.</summary>
    private async ValueTask WaitAsync(Task writing)
    {
        if (!_transport.TryBeginWait())
        {
            Dispose();
        }

        try
        {
            await writing.ConfigureAwait(false);
        }
        finally
        {
            _transport.EndWait();
        }
    }

    /// <summary>Answers whole messages until there are no more or enough answers wait.</summary>
    /// <returns>Whether there are more.</returns>
    private bool AnswerSome(TcpWorkspace workspace, CancellationToken cancellation, out int length)
    {
        length = 0;
        while (_end - _start >= PrefixLength)
        {
            var query = BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(_start));
            if (_end - _start - PrefixLength < query)
            {
                break;
            }

            if (length > TcpWorkspace.MaxWaiting)
            {
                return true;
            }

            Touch();
            var answerSpace = workspace.Output.AsSpan(length + PrefixLength);
            _input.AsSpan(_start + PrefixLength, query).CopyTo(answerSpace);
            _start += PrefixLength + query;
            var answer = _transport.Processor.Answer(workspace.Context, answerSpace, query, _transport.Transport, _client, out var transfer);
            if (transfer is not null)
            {
                Transfer(transfer, cancellation);
            }
            else if (answer > 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(workspace.Output.AsSpan(length), (ushort)answer);
                length += PrefixLength + answer;
            }
        }

        return false;
    }

    private void Transfer(TransferRequest request, CancellationToken cancellation)
    {
        _transfers.RemoveAll(task => task.IsCompleted);
        if (_transport.Transfers is { } handler && _transfers.Count < _transport.Limits.MaxTransfersPerConnection)
        {
            var seen = request with { IsOverTls = TlsServer.IsForTransfers(_tls), ClientPin = TlsServer.PinOf(_tls) };
            _transfers.Add(Task.Run(() => RunTransferAsync(handler, seen, cancellation), CancellationToken.None));
        }
        else
        {
            // A client that asks for so much at once is not served further.
            Dispose();
        }
    }

    private async Task RunTransferAsync(ITransferOutHandler handler, TransferRequest request, CancellationToken cancellation)
    {
        try
        {
            await handler.AnswerAsync(request, this, cancellation).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // However a transfer broke off, the client learns it by the end of the connection alone (RFC 5936 §2.2). The handler has told its own log.
            Dispose();
        }
    }
}
