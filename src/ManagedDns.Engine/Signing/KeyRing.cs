using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>The keys of a zone while they are taken a step on.</summary>
internal sealed class KeyRing(IEnumerable<ZoneKey> keys, DateTimeOffset now)
{
    private readonly List<ZoneKey> _keys = [.. keys];

    public IReadOnlyList<ZoneKey> Keys => _keys;

    /// <summary>The key as it stands by now.</summary>
    public ZoneKey Now(ZoneKey key) => _keys.Find(other => ReferenceEquals(other.Public, key.Public))!;

    public IEnumerable<ZoneKey> Others(ZoneKey key) => _keys.Where(other => !ReferenceEquals(other.Public, key.Public));

    public void Add(ZoneKey key) => _keys.Add(key);

    public bool Remove(ZoneKey key) => _keys.Remove(key);

    public void Put(ZoneKey old, ZoneKey @new) => _keys[_keys.FindIndex(key => ReferenceEquals(key, old))] = @new;

    public void Each(Func<ZoneKey, ZoneKey> change)
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            _keys[i] = change(_keys[i]);
        }
    }

    /// <summary>Takes a key to a state.</summary>
    /// <param name="signsZone">Null: as before.</param>
    /// <returns>True: something has moved.</returns>
    public bool Move(ZoneKey key, KeyState state, bool? signsZone = null)
    {
        Put(key, key with
        {
            State = state,
            Since = now,
            SignsZone = signsZone ?? key.SignsZone,
            IsToBeReplaced = key.IsToBeReplaced && state is not (KeyState.Retired or KeyState.Withdrawn),
        });
        return true;
    }
}
