using ManagedDns.Dns.Client;
using ManagedDns.Model;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Knows what has come of a transfer. One that takes its time is told of so often that somebody who waits sees it move, and no more often: of one that ends
/// within <see cref="Pause"/> nothing is told.
/// </summary>
/// <param name="inner">Told of every message.</param>
internal sealed class TransferWatch(TransferKind kind, IProgress<TransferProgress> inner, TimeProvider time, Action<TransferSoFar> tell) : IProgress<TransferProgress>
{
    /// <summary>Each telling is a row that is written.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private long _told = time.GetTimestamp();

    public TransferProgress Reached { get; private set; }

    public void Report(TransferProgress value)
    {
        Reached = value;
        inner.Report(value);
        if (time.GetElapsedTime(_told) >= Pause)
        {
            _told = time.GetTimestamp();
            tell(new(kind, _started, value.Records, value.Bytes));
        }
    }
}
