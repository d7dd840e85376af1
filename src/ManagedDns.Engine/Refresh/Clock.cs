namespace ManagedDns.Engine.Refresh;

/// <summary>Deadlines as timestamps of a <see cref="TimeProvider"/>: they count running time, whatever happens to the wall clock.</summary>
internal static class Clock
{
    public const long Never = long.MaxValue;

    public static long After(this TimeProvider time, TimeSpan delay) => time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    public static bool HasPassed(this TimeProvider time, long deadline) => deadline <= time.GetTimestamp();
}
