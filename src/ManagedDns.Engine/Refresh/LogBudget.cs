namespace ManagedDns.Engine.Refresh;

/// <summary>Keeps what strangers can cause from filling the log: so many lines a minute, then silence until the next one.</summary>
internal sealed class LogBudget(int linesPerMinute, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _minute = Clock.Never;
    private int _spent;

    /// <summary>Whether a line may be written.</summary>
    /// <param name="suppressed">How many were not, since the last one.</param>
    public bool TrySpend(out int suppressed)
    {
        lock (_gate)
        {
            suppressed = 0;
            if (_minute == Clock.Never || time.HasPassed(_minute))
            {
                suppressed = Math.Max(0, _spent - linesPerMinute);
                _minute = time.After(TimeSpan.FromMinutes(1));
                _spent = 0;
            }

            return ++_spent <= linesPerMinute;
        }
    }
}
