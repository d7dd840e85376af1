using System.Collections.Concurrent;
using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Remembers which primaries could not be reached, for all zones together: the first zone that waits for a dead server in vain spares the others the
/// wait. After a delay that doubles with each failure one zone tries again; its success, or a NOTIFY from there, ends the matter.
/// Only unreachability counts: a server that refuses one zone may serve the next.
/// </summary>
internal sealed class PrimaryBackoff(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    // While one zone tries a server that was unreachable, the others keep away this long at the most.
    private static readonly TimeSpan s_trial = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<IPEndPoint, State> _states = new();

    /// <summary>
    /// Whether the primary may be asked now. If not, <paramref name="wait"/> says how long to keep away and <paramref name="last"/> why.
    /// </summary>
    public bool MayAsk(IPEndPoint primary, out TimeSpan wait, out Failure? last)
    {
        wait = TimeSpan.Zero;
        last = null;
        if (!_states.TryGetValue(primary, out var state))
        {
            return true;
        }

        lock (state)
        {
            var now = time.GetTimestamp();
            if (state.NotBefore <= now)
            {
                state.NotBefore = time.After(s_trial);
                state.OnTrial = true;
                return true;
            }

            wait = time.GetElapsedTime(now, state.NotBefore);
            last = state.Last;
            return false;
        }
    }

    public void Failed(IPEndPoint primary, Failure failure)
    {
        if (failure.Reason is not (FailureReason.Timeout or FailureReason.PortClosed or FailureReason.Unreachable))
        {
            Answered(primary);
            return;
        }

        var state = _states.GetOrAdd(primary, _ => new());
        lock (state)
        {
            // Of many zones that asked at once, the first to fail speaks for all.
            if (state.Failures > 0 && !state.OnTrial)
            {
                return;
            }

            var delay = s_first * Math.Pow(2, Math.Min(state.Failures++, 10));
            state.NotBefore = time.After(delay < s_longest ? delay : s_longest);
            state.OnTrial = false;
            state.Last = failure;
        }
    }

    /// <summary>The server gave a sign of life.</summary>
    public void Answered(IPEndPoint primary) => _states.TryRemove(primary, out _);

    private sealed class State
    {
        public int Failures { get; set; }

        public long NotBefore { get; set; }

        public bool OnTrial { get; set; }

        public Failure? Last { get; set; }
    }
}
