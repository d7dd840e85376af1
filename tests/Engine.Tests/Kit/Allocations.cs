namespace ManagedDns.Engine.Tests.Kit;

/// <summary>What an action allocates on this thread.</summary>
internal static class Allocations
{
    public const int Rounds = 20;

    /// <summary>
    /// Octets of managed memory that a round usually takes: the median, for the runtime itself allocates now and then when it replaces running code by
    /// faster code.
    /// </summary>
    public static long UsualOf(Action round)
    {
        var octets = new long[Rounds];
        for (var i = 0; i < Rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            round();
            octets[i] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(octets);
        return octets[Rounds / 2];
    }
}
