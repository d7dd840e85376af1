using ManagedDns.Dns;

namespace ManagedDns.Engine.Signing;

/// <summary>What the parent of one zone has been told of the zone's CDS, and how that went.</summary>
internal sealed class ParentNews
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <summary>A parent that took the message and does nothing may have lost it.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromDays(1);

    private string _asked = "";
    private DateTimeOffset _next;
    private int _failures;

    /// <summary>When it was last told of what is asked now; null: not yet.</summary>
    public DateTimeOffset? Told { get; private set; }

    /// <summary>Why the last try failed; null: it did not.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Whether it is time to tell what is asked.</summary>
    /// <param name="asked">What, and of whom: another text than before is news.</param>
    public bool IsDue(string asked, DateTimeOffset now)
    {
        if (asked != _asked)
        {
            (_asked, _next, _failures, Told, Failure) = (asked, now, 0, null, null);
        }

        return _next <= now;
    }

    /// <summary>Nothing is asked, or all that is has been given.</summary>
    public void Forget() => (_asked, _next, _failures, Told, Failure) = ("", default, 0, null, null);

    public void Took(DateTimeOffset now) => (Told, Failure, _failures, _next) = (now, null, 0, now + s_again);

    /// <summary>There is nobody to tell.</summary>
    public void HasNobody(DateTimeOffset now) => (Failure, _next) = (null, now + s_longestPause);

    public void Failed(Failure failure, DateTimeOffset now)
    {
        var pause = s_firstPause * (1 << Math.Min(_failures++, 10));
        (Failure, _next) = (failure, now + (pause < s_longestPause ? pause : s_longestPause));
    }
}
