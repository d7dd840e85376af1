using System.Threading.Tasks.Sources;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// Says when a socket has something new to read. Whoever waits goes on within <see cref="Signal"/>, on the thread that calls it; a signal that nobody
/// waits for is kept for the next wait. One waits at a time.
/// </summary>
internal sealed class TcpReadiness : IValueTaskSource
{
    private const int Quiet = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>The number under which the socket is watched.</summary>
    public int Descriptor { get; set; }

    /// <summary>The client has ended its side, or the connection is broken: no further signal will tell of the end of what it sent.</summary>
    public bool HasEnded { get; private set; }

    public void Signal(bool ended)
    {
        HasEnded |= ended;
        if (Interlocked.Exchange(ref _state, Signalled) == Waiting)
        {
            Volatile.Write(ref _state, Quiet);
            _source.SetResult(true);
        }
    }

    public ValueTask WaitAsync()
    {
        _source.Reset();
        return Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet
            ? new ValueTask(this, _source.Version)
            : Proceed();
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private ValueTask Proceed()
    {
        Volatile.Write(ref _state, Quiet);
        return ValueTask.CompletedTask;
    }
}
