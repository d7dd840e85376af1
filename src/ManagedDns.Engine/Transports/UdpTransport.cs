using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// Answers over UDP on one address with dedicated threads. On Linux each thread has a socket of its own among which the kernel shares the clients out, and moves
/// datagrams in batches; elsewhere the threads share one plain socket.
/// </summary>
public sealed class UdpTransport : IDisposable
{
    private const int BufferBytes = 4 << 20;

    /// <summary>SIO_UDP_CONNRESET (mswsock.h).</summary>
    private const int ReportUnreachable = unchecked((int)0x9800000C);

    private readonly List<IUdpWorker> _workers = [];
    private readonly List<Thread> _threads = [];

    private UdpTransport(IPEndPoint endPoint) => EndPoint = endPoint;

    /// <summary>Where this listens, with the port that port 0 has become.</summary>
    public IPEndPoint EndPoint { get; }

    /// <param name="threads">0: one a core.</param>
    /// <exception cref="DnsFailureException">PortInUse, NotPermitted, AddressNotLocal.</exception>
    public static UdpTransport Start(IPEndPoint endPoint, QueryProcessor processor, int threads = 0, bool portable = false)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(processor);
        threads = threads > 0 ? threads : Environment.ProcessorCount;
        var batched = LinuxSockets.IsSupported && !portable;
        var sockets = new List<Socket>();
        try
        {
            // Bound alone at first: a socket that shares its port would not notice another server there.
            var probe = Open(endPoint, shared: false);
            sockets.Add(probe);
            var bound = (IPEndPoint)probe.LocalEndPoint!;
            if (batched)
            {
                probe.Dispose();
                sockets.Clear();
                sockets.AddRange(Enumerable.Range(0, threads).Select(_ => Open(bound, shared: true)));
            }

            var transport = new UdpTransport(bound);
            for (var i = 0; i < threads; i++)
            {
                transport.Run(batched ? new LinuxUdpWorker(sockets[i], processor) : new PortableUdpWorker(sockets[0], processor), processor, i);
            }

            return transport;
        }
        catch (SocketException e)
        {
            sockets.ForEach(socket => socket.Dispose());
            throw new DnsFailureException(ListenFailures.From(e, endPoint), e);
        }
    }

    /// <summary>Stops answering; returns when the threads have ended.</summary>
    public void Dispose()
    {
        _workers.ForEach(worker => worker.Stop());
        _threads.ForEach(thread => thread.Join());
        _workers.ForEach(worker => worker.Dispose());
        _workers.Clear();
        _threads.Clear();
    }

    private void Run(IUdpWorker worker, QueryProcessor processor, int number)
    {
        var thread = new Thread(() => Serve(worker, processor)) { IsBackground = true, Name = $"udp {EndPoint} {number}" };
        _workers.Add(worker);
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>A defect costs the queries that were being answered, not the server.</summary>
    private static void Serve(IUdpWorker worker, QueryProcessor processor)
    {
        while (true)
        {
            try
            {
                worker.Run();
                return;
            }
            catch (Exception e) when (processor.Faulted is { } faulted)
            {
                faulted(e);
            }
        }
    }

    private static Socket Open(IPEndPoint endPoint, bool shared)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = BufferBytes, SendBufferSize = BufferBytes };
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            if (LinuxSockets.IsSupported)
            {
                LinuxSockets.Prepare(socket, endPoint, shared, BufferBytes);
            }
            else if (OperatingSystem.IsWindows())
            {
                PrepareForWindows(socket);
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void PrepareForWindows(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.DontFragment = true;
        }

        // Else a client that has closed its port makes the next read of the socket, another client's, fail.
        socket.IOControl(ReportUnreachable, new byte[sizeof(int)], null);
    }
}
