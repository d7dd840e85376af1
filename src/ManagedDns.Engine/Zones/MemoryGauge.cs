namespace ManagedDns.Engine.Zones;

/// <summary>Counts the native octets that zones hold, so that operators see them and tests notice a leak.</summary>
public sealed class MemoryGauge
{
    public static readonly MemoryGauge Shared = new();

    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
