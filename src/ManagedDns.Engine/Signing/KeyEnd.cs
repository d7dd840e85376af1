using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>How keys end when signing does, and come back when it is to go on after all (the states are drawn at <see cref="KeyLife"/>).</summary>
internal sealed class KeyEnd(KeyTurn turn)
{
    private const string Leaving = "the DS to leave the caches";

    private static readonly KeyStep s_over = new([], SigningState.Unsigned, null, null, null, NeedsDs: false);

    private readonly KeyRing _ring = turn.Ring;
    private readonly KeyWait _wait = turn.Wait;

    public static bool IsOf(IReadOnlyList<ZoneKey> keys) => keys.All(key => key.State == KeyState.Withdrawn);

    public KeyStep Step()
    {
        if (_ring.Keys.Count == 0)
        {
            return s_over;
        }

        var seen = turn.Ds is { IsWhole: true } ? turn.Ds : null;
        if (IsOf(_ring.Keys))
        {
            return Leave(seen);
        }

        // From now on no DS is there by our wish: whoever enables signing again has to wait for it.
        _ring.Each(key => key is { IsSecureEntryPoint: true, State: KeyState.Active }
            ? key with { State = KeyState.Submitted, Since = turn.Now, DsSince = null } : key);
        var asked = _ring.Keys.Where(key => key is { IsSecureEntryPoint: true, State: KeyState.Submitted }).ToList();
        if (asked.Count == 0 || (seen is { IsEmpty: true } && asked.TrueForAll(key => seen.At > key.Since)))
        {
            // Only the DS has to be forgotten now: until then all goes on being signed.
            _ring.Each(key => key with
            {
                State = KeyState.Withdrawn,
                Since = turn.Now,
                DsTtl = seen is not null && seen.Ttl > key.DsTtl ? seen.Ttl : key.DsTtl,
            });
            return Step();
        }

        if (seen is not null)
        {
            _ring.Each(key => seen.Ttl > key.DsTtl ? key with { DsTtl = seen.Ttl } : key);
        }

        var waitingFor = DsObservation.Await("the DS to be gone from every name server of the parent", turn.Ds, answer => answer.Records.IsEmpty);
        return new([.. _ring.Keys], SigningState.WaitingForDsRemoval, waitingFor, null, null, NeedsDs: true);
    }

    /// <summary>Signing was to end and goes on: the DS is gone, or going.</summary>
    public void Return() => _ring.Each(key => key with
    {
        State = key.SignsZone && !key.IsSecureEntryPoint ? KeyState.Active
            : _ring.Keys.Any(other => other.SignsZone && other.IsSecureEntryPoint == key.IsSecureEntryPoint && other.Created > key.Created)
                ? KeyState.Retired
            : key.IsSecureEntryPoint ? KeyState.Submitted : KeyState.Published,
        Since = turn.Now,
        DsSince = null,
    });

    /// <summary>No parent server has a DS: waits until no cache has one.</summary>
    private KeyStep Leave(DsObservation? seen)
    {
        var since = _ring.Keys.Max(key => key.Since);
        if (seen is { IsEmpty: false } && seen.At > since)
        {
            // Back again: somebody registered it anew.
            _ring.Each(key => key with { State = key.IsSecureEntryPoint ? KeyState.Submitted : KeyState.Active, Since = turn.Now, DsSince = null });
            return Step();
        }

        var ttl = _ring.Keys.Max(key => key.DsTtl);
        var isForgotten = ttl == TimeSpan.Zero
            ? _wait.IsOver(since, Leaving)
            : _wait.HasLeftCaches(since, ttl, seen is { IsEmpty: true } ? seen : null, Leaving);
        return isForgotten ? s_over : new([.. _ring.Keys], SigningState.Disabling, _wait.What, _wait.Until, _wait.Look, NeedsDs: true);
    }
}
