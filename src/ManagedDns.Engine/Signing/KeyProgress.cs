using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>How keys come into use and how those go that they succeed (the states are drawn at <see cref="KeyLife"/>).</summary>
internal sealed class KeyProgress(KeyTurn turn)
{
    private readonly KeyRing _ring = turn.Ring;
    private readonly KeyWait _wait = turn.Wait;

    /// <summary>Takes one key a state on.</summary>
    /// <returns>Whether one could go on.</returns>
    public bool Advance()
    {
        _wait.Forget();
        return _ring.Keys.ToList().Exists(Next);
    }

    private bool Next(ZoneKey key) => key.State switch
    {
        KeyState.Introduced => IsOver(key, turn.DataEverywhere, "the signatures of the new algorithm to be everywhere")
            && _ring.Move(key, KeyState.Published),
        KeyState.Published => IsOver(key, Appears(key), $"key {key.Public.Tag} to be everywhere") && IsWithOthers(key) && Appeared(_ring.Now(key)),
        KeyState.Submitted => IsEstablished(key) && Established(_ring.Now(key)),
        KeyState.Retired => IsOver(key, turn.DataEverywhere, $"the signatures of key {key.Public.Tag} to leave the caches") && _ring.Remove(key),
        KeyState.Withdrawn => IsOver(key, turn.KeysEverywhere, $"key {key.Public.Tag} to leave the caches") && _ring.Remove(key),
        _ => false,
    };

    /// <summary>How long a published key has to wait: before the first DS, caches may hold the zone without signatures.</summary>
    private TimeSpan Appears(ZoneKey key) => IsFirst(key) || IsUrgentZsk(key) ? turn.DataEverywhere : turn.KeysEverywhere;

    /// <summary>
    /// RFC 8901 §6: a key that is to sign the zone has to be in the DNSKEY RRsets of all signers, and in every cache of those, before it signs. A KSK
    /// signs none but our own.
    /// </summary>
    private bool IsWithOthers(ZoneKey key)
    {
        if (turn.Signing.ForeignKeys.IsEmpty || key.Role == KeyRole.Ksk)
        {
            return true;
        }

        _wait.NeedsDs = true;
        if (turn.Ds is not { IsShownByAll: true } ds || ds.At < key.Since)
        {
            _ring.Put(key, key with { DsSince = null });
            var obstacle = turn.Ds is { IsShownByAll: false, Obstacle: { } found } ? $": {found}" : "";
            _wait.For($"key {key.Public.Tag} to be published by the zone's other signers{obstacle}");
            return false;
        }

        var since = key.DsSince ?? ds.At;
        var isEverywhere = _wait.IsOver(since + turn.KeysEverywhere, $"key {key.Public.Tag} to be everywhere with the zone's other signers");
        _ring.Put(key, key with { DsSince = isEverywhere ? null : since });
        return isEverywhere;
    }

    private bool IsFirst(ZoneKey key) => _ring.Others(key).All(other => other.Role == KeyRole.Zsk);

    /// <summary>A successor of a compromised ZSK that has signed beside it: once its signatures are everywhere, nobody needs the old one.</summary>
    private bool IsUrgentZsk(ZoneKey key) => key is { Role: KeyRole.Zsk, SignsZone: true } && _ring.Others(key).Any(other => other.IsCompromised);

    private bool Appeared(ZoneKey key)
    {
        if (key.IsSecureEntryPoint)
        {
            return _ring.Move(key, KeyState.Submitted);
        }

        var isOfNewAlgorithm = _ring.Others(key).Any(other => other.SignsZone && other.Public.Algorithm != key.Public.Algorithm);
        _ring.Move(key, KeyState.Active, signsZone: true);
        foreach (var old in _ring.Others(key).Where(other => other is { Role: KeyRole.Zsk, State: KeyState.Active }
            && !isOfNewAlgorithm && other.Id != key.Id && other.Created < key.Created).ToList())
        {
            _ = old.IsCompromised && key.SignsZone ? _ring.Remove(old) : _ring.Move(old, KeyState.Retired, signsZone: false);
        }

        return true;
    }

    private bool IsEstablished(ZoneKey key)
    {
        const string Leaving = "the old DS to leave the caches";
        _wait.NeedsDs = true;
        var (zone, ds) = (turn.Zone, turn.Ds);
        var olds = _ring.Keys.Where(other => other is { IsSecureEntryPoint: true, State: KeyState.Active }).ToList();
        var seen = ds is { IsWhole: true } && ds.At >= key.Since ? ds : null;
        var isThere = seen is not null && seen.Has(zone, key.Public);
        var isOldGone = seen is not null && !olds.Exists(old => seen.Knows(zone, old.Public));
        if (key.DsSince is { } since && (seen is null || (isThere && isOldGone)))
        {
            return _wait.HasLeftCaches(since, key.DsTtl, seen, Leaving);
        }

        if (seen is null || !isThere || !isOldGone)
        {
            // It may be fetched until the moment at which it changes, and lives as long as it says then: the longest seen counts.
            var ttl = seen is not null && seen.Ttl > key.DsTtl ? seen.Ttl : key.DsTtl;
            _ring.Put(key, key with { DsSince = null, DsTtl = ttl });
            _wait.For(seen is not null && isThere
                ? DsObservation.Await("the DS of the old key to be gone from every name server of the parent", ds,
                    answer => !olds.Exists(old => answer.Has(zone, old.Public)))
                : DsObservation.Await(
                    $"the DS of key {key.Public.Tag} at every name server of the parent", ds, answer => answer.Has(zone, key.Public)));
            return false;
        }

        var longest = olds.Select(old => old.DsTtl).Append(key.DsTtl).Append(seen.Ttl).Max();
        _ring.Put(key, key with { DsSince = seen.At, DsTtl = longest });
        return _wait.HasLeftCaches(seen.At, longest, seen, Leaving);
    }

    private bool Established(ZoneKey key)
    {
        var isOtherAlgorithm = _ring.Others(key).Any(other => other.State == KeyState.Active && other.Public.Algorithm != key.Public.Algorithm);
        _ring.Move(key, KeyState.Active, signsZone: key.Role == KeyRole.Csk);
        foreach (var old in _ring.Others(key).Where(other => other.State == KeyState.Active && other.Created < key.Created).ToList())
        {
            if (isOtherAlgorithm && old.Public.Algorithm != key.Public.Algorithm)
            {
                _ring.Move(old, KeyState.Withdrawn, old.SignsZone);
            }
            else if (old.IsCompromised && key.SignsZone && _wait.HasPassed(key.Created + turn.DataEverywhere))
            {
                _ring.Remove(old);
            }
            else if (old.Role == KeyRole.Csk || (key.Role == KeyRole.Csk && old.Role == KeyRole.Zsk))
            {
                _ring.Move(old, KeyState.Retired, signsZone: false);
            }
            else if (old.Role == KeyRole.Ksk)
            {
                _ring.Remove(old);
            }
        }

        return true;
    }

    private bool IsOver(ZoneKey key, TimeSpan wait, string what) => _wait.IsOver(key.Since + wait, what);
}
