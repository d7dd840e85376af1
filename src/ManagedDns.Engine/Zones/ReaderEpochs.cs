using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>
/// Tells a writer when all readers have passed on. A reader announces itself around each batch of queries, for one interlocked operation;
/// a writer that has unpublished something waits until those who may have seen it have left.
/// </summary>
internal sealed unsafe class ReaderEpochs
{
    /// <summary>More threads than ever answer at once; a reader that finds its own slot taken goes on to the next.</summary>
    private const int Slots = 256;

    /// <summary>Two cache lines, as processors fetch them in pairs.</summary>
    private const int Stride = 128 / sizeof(long);

    private readonly long* _slots;
    private long _epoch = 1;

    public ReaderEpochs()
    {
        _slots = (long*)NativeMemory.AlignedAlloc(Slots * Stride * sizeof(long), Stride * sizeof(long));
        NativeMemory.Clear(_slots, Slots * Stride * sizeof(long));
    }

    ~ReaderEpochs() => NativeMemory.AlignedFree(_slots);

    /// <summary>Begins reading. What was published before is seen, and stays until <see cref="Exit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Enter()
    {
        var slot = Environment.CurrentManagedThreadId & (Slots - 1);
        while (Interlocked.CompareExchange(ref _slots[slot * Stride], Volatile.Read(ref _epoch), 0) != 0)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit(int slot) => Volatile.Write(ref _slots[slot * Stride], 0);

    /// <summary>Returns when every reader that was reading at the time of the call has left. Readers stay for some microseconds.</summary>
    public void WaitForReaders()
    {
        var epoch = Interlocked.Increment(ref _epoch);
        var spin = new SpinWait();
        for (var slot = 0; slot < Slots; slot++)
        {
            while (Volatile.Read(ref _slots[slot * Stride]) is var since && since != 0 && since < epoch)
            {
                spin.SpinOnce();
            }
        }
    }
}
