using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// One thread that waits for many TCP clients (Linux, epoll) and serves each on the spot when it has something to say: no hand-over between threads, which
/// costs more than the answers. A client that does not take its answers goes on elsewhere, so that it holds up nobody.
/// </summary>
internal sealed unsafe partial class TcpLoop : IDisposable
{
    private const int MaxEvents = 64;
    private const int Add = 1;
    private const uint In = 0x1;
    private const uint Error = 0x8;
    private const uint HangUp = 0x10;
    private const uint ReadHangUp = 0x2000;
    private const uint EdgeTriggered = 1u << 31;

    // struct epoll_event is packed on x86-64 and nowhere else.
    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_eventSize = s_dataOffset + sizeof(ulong);

    private readonly ConcurrentDictionary<int, TcpReadiness> _clients = new();
    private readonly int _poll = CreatePoll(0);
    private readonly int _wake = CreateEvent(0, 0);
    private readonly Thread _thread;
    private volatile bool _stopping;

    public TcpLoop(string name)
    {
        Watch(_wake);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public static bool IsSupported => LinuxSockets.IsSupported;

    /// <summary>Tells the readiness whenever there is something new to read from the socket, until <see cref="Forget"/>.</summary>
    /// <exception cref="SocketException">It cannot be watched: nothing would ever be told.</exception>
    public void Register(SafeHandle socket, TcpReadiness readiness)
    {
        var descriptor = (int)socket.DangerousGetHandle();
        readiness.Descriptor = descriptor;
        _clients[descriptor] = readiness;
        Watch(descriptor);
    }

    /// <summary>The number may be another client's by now: closing the socket has ended the watch.</summary>
    public void Forget(TcpReadiness readiness) => _clients.TryRemove(KeyValuePair.Create(readiness.Descriptor, readiness));

    public void Dispose()
    {
        _stopping = true;
        var one = 1UL;
        _ = Write(_wake, &one, sizeof(ulong));
        _thread.Join();
        _ = Close(_wake);
        _ = Close(_poll);
    }

    private void Run()
    {
        var events = stackalloc byte[MaxEvents * (sizeof(ulong) + sizeof(ulong))];
        while (!_stopping)
        {
            Serve(events);
        }
    }

    private void Serve(byte* events)
    {
        var count = Wait(_poll, events, MaxEvents, -1);
        for (var i = 0; i < count; i++)
        {
            var flags = *(uint*)(events + (i * s_eventSize));
            var descriptor = *(int*)(events + (i * s_eventSize) + s_dataOffset);
            if (_clients.TryGetValue(descriptor, out var readiness))
            {
                readiness.Signal((flags & (Error | HangUp | ReadHangUp)) != 0);
            }
        }
    }

    private void Watch(int descriptor)
    {
        var change = stackalloc byte[s_eventSize];
        new Span<byte>(change, s_eventSize).Clear();
        *(uint*)change = In | ReadHangUp | EdgeTriggered;
        *(int*)(change + s_dataOffset) = descriptor;
        if (Control(_poll, Add, descriptor, change) != 0)
        {
            throw new SocketException(Marshal.GetLastSystemError());
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int Control(int poll, int operation, int descriptor, void* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    private static partial int Wait(int poll, void* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int CreateEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, void* octets, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
