using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Which keys a zone needs that it does not have: its first ones, and the successors of those that are to be replaced (<see cref="KeyLife"/>).
/// </summary>
internal sealed class KeySuccession(KeyTurn turn)
{
    private readonly SigningPolicy _policy = turn.Policy;

    private IEnumerable<KeyRole> Roles => _policy.SplitKeys ? [KeyRole.Ksk, KeyRole.Zsk] : [KeyRole.Csk];

    /// <summary>Nothing of this zone is trusted yet: all keys are used at once.</summary>
    public void Begin()
    {
        foreach (var role in Roles)
        {
            var key = turn.NewKey(_policy.Algorithm, role);
            turn.Ring.Add(role == KeyRole.Zsk
                ? key with { State = KeyState.Active, Since = turn.Now, SignsZone = true }
                : key with { State = KeyState.Published, Since = turn.Now, SignsZone = role == KeyRole.Csk });
        }
    }

    /// <summary>Starts the rollovers that are due, unless one is under way.</summary>
    public void Replace()
    {
        var keys = turn.Ring.Keys;
        if (keys.Any(key => key.State != KeyState.Active))
        {
            return;
        }

        var isOtherAlgorithm = keys.Any(key => key.Public.Algorithm != _policy.Algorithm);
        if (isOtherAlgorithm || !keys.Select(key => key.Role).ToHashSet().SetEquals(Roles))
        {
            foreach (var role in Roles)
            {
                var key = turn.NewKey(_policy.Algorithm, role);
                turn.Ring.Add(isOtherAlgorithm
                    ? key with { State = KeyState.Introduced, Since = turn.Now, SignsZone = role != KeyRole.Ksk }
                    : key with { State = KeyState.Published, Since = turn.Now });
            }
        }
        else if (keys.ToList().Find(IsDue) is { } old)
        {
            turn.Ring.Add(turn.NewKey(_policy.Algorithm, old.Role) with
            {
                State = KeyState.Published,
                Since = turn.Now,
                SignsZone = old.IsCompromised && old.SignsZone,
            });
        }
    }

    private bool IsDue(ZoneKey key)
    {
        var lifetime = key.Role == KeyRole.Zsk ? _policy.ZskLifetime : _policy.KskLifetime;
        return key.IsToBeReplaced || (lifetime > TimeSpan.Zero && turn.Wait.HasPassed(key.Since + lifetime));
    }
}
