namespace ManagedDns.Engine.Signing;

/// <summary>What the keys wait for at one moment, and when it is worth looking again.</summary>
/// <param name="ds">What the parent showed last; null: nothing yet.</param>
internal sealed class KeyWait(DsObservation? ds, DateTimeOffset now)
{
    /// <summary>Caches count in whole seconds, and may keep a record for up to one more than its TTL says.</summary>
    private static readonly TimeSpan s_rounding = TimeSpan.FromSeconds(1);

    /// <summary>What is waited for; null: nothing.</summary>
    public string? What { get; private set; }

    /// <summary>Until when; null: that depends on others.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>When to look again; null: nothing comes of time alone.</summary>
    public DateTimeOffset? Look { get; private set; }

    /// <summary>Whether it helps to ask the parent.</summary>
    public bool NeedsDs { get; set; }

    /// <summary>What an earlier step waited for is no news any more.</summary>
    public void Forget() => (What, Until, NeedsDs) = (null, null, false);

    /// <summary>Waits for something that others have to do.</summary>
    public void For(string what) => (What, Until) = (what, null);

    /// <summary>Waits for a time.</summary>
    /// <returns>Whether it is over.</returns>
    public bool IsOver(DateTimeOffset until, string what)
    {
        if (HasPassed(until))
        {
            return true;
        }

        (What, Until) = (what, until);
        return false;
    }

    /// <summary>Waits for what the parent has no more to leave the caches, and for the parent to show the same still then.</summary>
    /// <param name="from">From when caches learn of it no more.</param>
    /// <param name="seen">The parent as it was seen last, in that state; null: it has not been seen so.</param>
    public bool HasLeftCaches(DateTimeOffset from, TimeSpan ttl, DsObservation? seen, string what)
    {
        var until = from + ttl + s_rounding;
        if (!IsOver(until, what))
        {
            return false;
        }

        if (seen is not null && seen.At >= until)
        {
            return true;
        }

        For(DsObservation.Await("every name server of the parent to show the same once more", ds, _ => true));
        return false;
    }

    public bool HasPassed(DateTimeOffset time)
    {
        if (time <= now)
        {
            return true;
        }

        Look = Look is { } sooner && sooner < time ? sooner : time;
        return false;
    }
}
