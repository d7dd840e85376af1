using System.Collections.Concurrent;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>What a thread that answers over TCP needs besides the input. As many are kept as threads answer at a time.</summary>
internal sealed class TcpWorkspace
{
    /// <summary>Answers that wait to be sent together; behind them there is room for one more, whatever its length.</summary>
    public const int MaxWaiting = 32 * 1024;

    private const int OutputLength = MaxWaiting + sizeof(ushort) + ushort.MaxValue + AnswerContext.Slack;

    private static readonly int s_mostKept = 2 * Environment.ProcessorCount;
    private static readonly ConcurrentBag<TcpWorkspace> s_kept = [];
    private static int s_keptCount;

    private TcpWorkspace()
    {
    }

    public AnswerContext Context { get; } = new();

    public byte[] Output { get; } = GC.AllocateUninitializedArray<byte>(OutputLength, pinned: true);

    public static TcpWorkspace Rent()
    {
        if (!s_kept.TryTake(out var workspace))
        {
            return new TcpWorkspace();
        }

        Interlocked.Decrement(ref s_keptCount);
        return workspace;
    }

    public static void Return(TcpWorkspace workspace)
    {
        if (Interlocked.Increment(ref s_keptCount) <= s_mostKept)
        {
            s_kept.Add(workspace);
            return;
        }

        Interlocked.Decrement(ref s_keptCount);
        workspace.Context.Dispose();
    }
}
