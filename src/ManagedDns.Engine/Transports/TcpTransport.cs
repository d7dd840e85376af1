using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>Answers over TCP, or over TLS (RFC 7858), on one address: accepts connections, counts them, and closes those that are idle for too long.</summary>
public sealed class TcpTransport : IAsyncDisposable
{
    private const int Backlog = 512;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    private readonly Socket _listener;
    private readonly ConcurrentDictionary<TcpConnection, Task> _connections = new();
    private readonly Dictionary<IPAddress, int> _clients = [];
    private readonly TcpLoop[] _loops;
    private readonly ITimer _sweeper;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private uint _admitted;
    private int _waiting;

    private TcpTransport(Socket listener, QueryProcessor processor, ITransferOutHandler? transfers, TcpLimits limits, TimeProvider time, bool portable, TlsIdentity? identity)
    {
        _listener = listener;
        Processor = processor;
        Transfers = transfers;
        Limits = limits;
        Time = time;
        Identity = identity;
        Transport = identity is null ? Transport.Tcp : Transport.Tls;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _loops = portable || identity is not null || !TcpLoop.IsSupported
            ? []
            : [.. Enumerable.Range(0, Environment.ProcessorCount).Select(number => new TcpLoop($"tcp {EndPoint} {number}"))];
        _sweeper = time.CreateTimer(_ => Sweep(), null, s_sweepInterval, s_sweepInterval);
        _accepting = AcceptAsync();
    }

    /// <summary>Where this listens, with the port that port 0 has become.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The number of connections open now.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>What clients see; with one, all that comes is TLS. Another may take its place at any time, for those who come afterwards.</summary>
    public TlsIdentity? Identity { get; set; }

    internal Transport Transport { get; }

    internal QueryProcessor Processor { get; }

    internal ITransferOutHandler? Transfers { get; }

    /// <summary>Others may take their place at any time. Connections that are one too many then are closed as more come, or when they are idle.</summary>
    internal TcpLimits Limits { get; set; }

    internal TimeProvider Time { get; }

    /// <param name="transfers">Answers AXFR and IXFR; null where the processor refuses them.</param>
    /// <param name="identity">Answers over TLS with this certificate; null: over TCP.</param>
    /// <exception cref="DnsFailureException">PortInUse, NotPermitted, AddressNotLocal.</exception>
    public static TcpTransport Start(
        IPEndPoint endPoint, QueryProcessor processor, ITransferOutHandler? transfers = null, TcpLimits? limits = null, TimeProvider? time = null, bool portable = false,
        TlsIdentity? identity = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(processor);
        Socket? listener = null;
        try
        {
            listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                listener.DualMode = false;
            }

            listener.Bind(endPoint);
            listener.Listen(Backlog);
            return new TcpTransport(listener, processor, transfers, limits ?? TcpLimits.Default, time ?? TimeProvider.System, portable, identity);
        }
        catch (SocketException e)
        {
            listener?.Dispose();
            throw new DnsFailureException(ListenFailures.From(e, endPoint), e);
        }
    }

    /// <summary>Accepts no more, ends all connections and transfers, and returns when they have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }

        await Task.WhenAll(_connections.Values).ConfigureAwait(false);

        // The last connection may have ended on a loop's thread, which then runs this, and cannot wait for itself.
        await Task.Yield();
        Array.ForEach(_loops, loop => loop.Dispose());
        _stop.Dispose();
    }

    /// <summary>Tells of a client that does not take its answers. False: too many do so already. To be ended by <see cref="EndWait"/> in either case.</summary>
    internal bool TryBeginWait() => Interlocked.Increment(ref _waiting) <= Limits.MaxSlowClients;

    internal void EndWait() => Interlocked.Decrement(ref _waiting);

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Admit(await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // Connections that end will make room. Until then asking again and again would only take a core.
                await Task.Delay(s_sweepInterval, Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted.
            }
        }
    }

    private void Admit(Socket socket)
    {
        var loop = _loops.Length == 0 ? null : _loops[_admitted++ % (uint)_loops.Length];
        TcpConnection connection;
        IPAddress client;
        try
        {
            socket.NoDelay = true;
            client = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            connection = new TcpConnection(socket, this, loop);
        }
        catch
        {
            // Gone already. Nothing is counted yet.
            socket.Dispose();
            throw;
        }

        lock (_clients)
        {
            var count = _clients.GetValueOrDefault(client);
            if (count >= Limits.MaxConnectionsPerClient)
            {
                connection.Dispose();
                return;
            }

            _clients[client] = count + 1;
        }

        if (_connections.Count >= Limits.MaxConnections)
        {
            _connections.Keys.MinBy(connection => connection.LastActive)?.Dispose();
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = RunAsync(connection, client, started.Task);
        started.SetResult();
    }

    private async Task RunAsync(TcpConnection connection, IPAddress client, Task started)
    {
        await started.ConfigureAwait(false);
        try
        {
            await connection.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            lock (_clients)
            {
                if (--_clients[client] == 0)
                {
                    _clients.Remove(client);
                }
            }
        }
    }

    private void Sweep()
    {
        var now = Time.GetTimestamp();
        foreach (var connection in _connections.Keys)
        {
            if (Time.GetElapsedTime(connection.LastActive, now) > Limits.IdleTimeout)
            {
                connection.Dispose();
            }
        }
    }
}
