using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What follows from the keys at one moment.</summary>
/// <param name="Look">When to look again.</param>
/// <param name="NeedsDs">Whether it helps to ask the parent.</param>
internal sealed record KeyStep(
    ImmutableArray<ZoneKey> Keys, SigningState State, string? WaitingFor, DateTimeOffset? Until, DateTimeOffset? Look, bool NeedsDs);

/// <summary>
/// The lives of a zone's keys. Pure: takes the keys, the time and what the parent shows, and says what the keys are next; timings are those of RFC 7583.
/// </summary>
/// <remarks>
/// <code>
///   a zone:  Unsigned ─▶ Enabling ─▶ WaitingForDs ─▶ Signed ◀─▶ RollingKey
///                                                      │ signing is disabled
///                                                      ▼
///            Unsigned ◀─ Disabling ◀────── WaitingForDsRemoval          (delete CDS; until no parent server has a DS, and its TTL has passed)
///   Signing that is enabled again before its end waits for the DS as if it were new: the parent may have removed it meanwhile.
///
///   a key the DS names (CSK, KSK):
///     Published ── propagation + DNSKEY TTL ──▶ Submitted ── DS at all parent servers, the old gone, + DS TTL ──▶ Active
///        Its predecessor goes then: a KSK at once; a CSK signs the zone no more (Retired), and goes after propagation + the longest TTL.
///   a key for the zone (ZSK):
///     Published ── propagation + DNSKEY TTL ──▶ Active ── its successor is Active ──▶ Retired ── propagation + the longest TTL ──▶ gone
///   in place of one that is compromised: as above, but it signs the zone from the beginning;
///     a compromised CSK or ZSK is gone at once when its successor is Active
///   where others sign the zone too (RFC 8901): Published lasts until all of them have shown the key for propagation + DNSKEY TTL
///   of a new algorithm (RFC 6781 §4.1.4: signatures come first and go last):
///     Introduced ── propagation + the longest TTL ──▶ Published …        the old: Active ──▶ Withdrawn ── propagation + DNSKEY TTL ──▶ gone
/// </code>
/// </remarks>
internal static class KeyLife
{
    /// <param name="zoneTtl">The longest TTL in the zone.</param>
    /// <param name="newKey">Makes a key of an algorithm and a role.</param>
    public static KeyStep Step(
        ZoneSigning signing, DomainName zone, IReadOnlyList<ZoneKey> keys, TimeSpan zoneTtl, DsObservation? ds, DateTimeOffset now,
        Func<DnssecAlgorithm, KeyRole, ZoneKey> newKey)
    {
        var turn = new Turn(signing, zone, [.. keys], zoneTtl, ds, now, newKey);
        return turn.Run();
    }

    /// <summary>
    /// The keys with those marked that somebody wants replaced: the active ones of a kind. Before one is trusted for the first time the mark is on
    /// that: what is asked for too early begins when it can, and is not forgotten.
    /// </summary>
    public static ImmutableArray<ZoneKey> Mark(IReadOnlyList<ZoneKey> keys, bool isSecureEntryPoint, bool isCompromised)
    {
        var ofKind = keys.Where(key => key.IsSecureEntryPoint == isSecureEntryPoint).ToList();
        var first = ofKind.Find(key => key.State is KeyState.Published or KeyState.Submitted);
        var meant = ofKind.Where(key => key.State == KeyState.Active).DefaultIfEmpty(first).ToList();
        return [.. keys.Select(key => !meant.Contains(key) ? key : key with
        {
            IsToBeReplaced = true,
            IsCompromised = key.IsCompromised || isCompromised,
        })];
    }

    private sealed class Turn(
        ZoneSigning signing, DomainName zone, List<ZoneKey> keys, TimeSpan zoneTtl, DsObservation? ds, DateTimeOffset now,
        Func<DnssecAlgorithm, KeyRole, ZoneKey> newKey)
    {
        private readonly SigningPolicy _policy = signing.Policy;
        private DateTimeOffset? _look;
        private string? _waitingFor;
        private DateTimeOffset? _until;
        private bool _needsDs;

        private TimeSpan KeysEverywhere => _policy.PropagationDelay + _policy.KeyTtl;

        private TimeSpan DataEverywhere => _policy.PropagationDelay + (zoneTtl > _policy.KeyTtl ? zoneTtl : _policy.KeyTtl);

        public KeyStep Run()
        {
            if (signing.Ending)
            {
                return End();
            }

            if (keys.Count == 0)
            {
                Begin();
            }

            if (keys.TrueForAll(key => key.State == KeyState.Withdrawn))
            {
                ReturnFromEnd();
            }

            Replace();
            while (Advance())
            {
                // One step may make the next one possible, and be what a rollover has waited for.
                Replace();
            }

            var state = !keys.Any(key => key is { IsSecureEntryPoint: true, State: KeyState.Active })
                ? keys.Any(key => key.State == KeyState.Submitted) ? SigningState.WaitingForDs : SigningState.Enabling
                : keys.Exists(key => key.State != KeyState.Active) ? SigningState.RollingKey : SigningState.Signed;
            return new([.. keys], state, _waitingFor, _until, _look, _needsDs);
        }

        private IEnumerable<KeyRole> Roles => _policy.SplitKeys ? [KeyRole.Ksk, KeyRole.Zsk] : [KeyRole.Csk];

        /// <summary>Nothing of this zone is trusted yet: all keys are used at once.</summary>
        private void Begin()
        {
            foreach (var role in Roles)
            {
                var key = newKey(_policy.Algorithm, role);
                keys.Add(role == KeyRole.Zsk
                    ? key with { State = KeyState.Active, Since = now, SignsZone = true }
                    : key with { State = KeyState.Published, Since = now, SignsZone = role == KeyRole.Csk });
            }
        }

        /// <summary>Starts the rollovers that are due, unless one is under way.</summary>
        private void Replace()
        {
            if (keys.Exists(key => key.State != KeyState.Active))
            {
                return;
            }

            var isOtherAlgorithm = keys.Exists(key => key.Public.Algorithm != _policy.Algorithm);
            var isOtherSplit = !keys.Select(key => key.Role).ToHashSet().SetEquals(Roles);
            if (isOtherAlgorithm || isOtherSplit)
            {
                foreach (var role in Roles)
                {
                    var key = newKey(_policy.Algorithm, role);
                    keys.Add(isOtherAlgorithm
                        ? key with { State = KeyState.Introduced, Since = now, SignsZone = role != KeyRole.Ksk }
                        : key with { State = KeyState.Published, Since = now });
                }

                return;
            }

            foreach (var old in keys.ToList())
            {
                var lifetime = old.Role == KeyRole.Zsk ? _policy.ZskLifetime : _policy.KskLifetime;
                if (old.IsToBeReplaced || (lifetime > TimeSpan.Zero && Passed(old.Since + lifetime)))
                {
                    keys.Add(newKey(_policy.Algorithm, old.Role) with
                    {
                        State = KeyState.Published,
                        Since = now,
                        SignsZone = old.IsCompromised && old.SignsZone,
                    });
                    return;
                }
            }
        }

        private bool Advance()
        {
            // What an earlier step waited for is no news any more.
            (_waitingFor, _until, _needsDs) = (null, null, false);
            foreach (var key in keys.ToList())
            {
                if (Next(key))
                {
                    return true;
                }
            }

            return false;
        }

        private bool Next(ZoneKey key) => key.State switch
        {
            KeyState.Introduced => Wait(key, DataEverywhere, "the signatures of the new algorithm to be everywhere") && Move(key, KeyState.Published),
            KeyState.Published => Wait(key, IsFirst(key) || IsUrgentZsk(key) ? DataEverywhere : KeysEverywhere, $"key {key.Public.Tag} to be everywhere") && IsWithOthers(key)
                && Appeared(Now(key)),
            KeyState.Submitted => IsEstablished(key) && Established(Now(key)),
            KeyState.Retired => Wait(key, DataEverywhere, $"the signatures of key {key.Public.Tag} to leave the caches") && keys.Remove(key),
            KeyState.Withdrawn => Wait(key, KeysEverywhere, $"key {key.Public.Tag} to leave the caches") && keys.Remove(key),
            _ => false,
        };

        /// <summary>The key as it stands by now.</summary>
        private ZoneKey Now(ZoneKey key) => keys.Find(other => ReferenceEquals(other.Public, key.Public))!;

        /// <summary>
        /// RFC 8901 §6: a key that is to sign the zone has to be in the DNSKEY RRsets of all signers, and in every cache of those, before it signs. A KSK signs
        /// none but our own.
        /// </summary>
        private bool IsWithOthers(ZoneKey key)
        {
            if (signing.ForeignKeys.IsEmpty || key.Role == KeyRole.Ksk)
            {
                return true;
            }

            _needsDs = true;
            if (ds is not { IsShownByAll: true } || ds.At < key.Since)
            {
                Put(key, key with { DsSince = null });
                _waitingFor = $"key {key.Public.Tag} to be published by the zone's other signers{(ds is { IsShownByAll: false, Obstacle: { } obstacle } ? $": {obstacle}" : "")}";
                _until = null;
                return false;
            }

            var since = key.DsSince ?? ds.At;
            var isEverywhere = Wait(since + KeysEverywhere, $"key {key.Public.Tag} to be everywhere with the zone's other signers");
            Put(key, key with { DsSince = isEverywhere ? null : since });
            return isEverywhere;
        }

        /// <summary>Before the first DS, caches may hold the zone without signatures.</summary>
        private bool IsFirst(ZoneKey key) => keys.TrueForAll(other => ReferenceEquals(other, key) || other.Role == KeyRole.Zsk);

        /// <summary>A successor of a compromised ZSK that has signed beside it: once its signatures are everywhere, nobody needs the old one.</summary>
        private bool IsUrgentZsk(ZoneKey key) => key is { Role: KeyRole.Zsk, SignsZone: true } && Others(key).Any(other => other.IsCompromised);

        private bool Appeared(ZoneKey key)
        {
            if (key.IsSecureEntryPoint)
            {
                return Move(key, KeyState.Submitted);
            }

            var isOfNewAlgorithm = Others(key).Any(other => other.SignsZone && other.Public.Algorithm != key.Public.Algorithm);
            Move(key, KeyState.Active, signsZone: true);
            foreach (var old in Others(key).Where(other => other is { Role: KeyRole.Zsk, State: KeyState.Active }
                && !isOfNewAlgorithm && other.Id != key.Id && other.Created < key.Created).ToList())
            {
                if (old.IsCompromised && key.SignsZone)
                {
                    keys.Remove(old);
                }
                else
                {
                    Move(old, KeyState.Retired, signsZone: false);
                }
            }

            return true;
        }

        private bool IsEstablished(ZoneKey key)
        {
            _needsDs = true;
            var olds = keys.Where(other => other is { IsSecureEntryPoint: true, State: KeyState.Active }).ToList();
            var seen = ds is { IsWhole: true } && ds.At >= key.Since ? ds : null;
            var isThere = seen is not null && seen.Has(zone, key.Public);
            var isOldGone = seen is not null && !olds.Exists(old => seen.Knows(zone, old.Public));
            if (key.DsSince is { } since && (seen is null || (isThere && isOldGone)))
            {
                return WaitForSight(since + key.DsTtl, seen, "the old DS to leave the caches");
            }

            if (seen is null || !isThere || !isOldGone)
            {
                // It may be fetched until the moment at which it changes, and lives as long as it says then: the longest seen counts.
                var ttl = seen is not null && seen.Ttl > key.DsTtl ? seen.Ttl : key.DsTtl;
                Put(key, key with { DsSince = null, DsTtl = ttl });
                _waitingFor = seen is not null && isThere
                    ? DsObservation.Await("the DS of the old key to be gone from every name server of the parent", ds,
                        answer => !olds.Exists(old => answer.Has(zone, old.Public)))
                    : DsObservation.Await($"the DS of key {key.Public.Tag} at every name server of the parent", ds, answer => answer.Has(zone, key.Public));
                _until = null;
                return false;
            }

            var longest = olds.Select(old => old.DsTtl).Append(key.DsTtl).Append(seen.Ttl).Max();
            Put(key, key with { DsSince = seen.At, DsTtl = longest });
            return WaitForSight(seen.At + longest, seen, "the old DS to leave the caches");
        }

        /// <summary>Waits until a time and for the parent to show the same still then.</summary>
        private bool WaitForSight(DateTimeOffset until, DsObservation? seen, string what)
        {
            if (!Wait(until, what))
            {
                return false;
            }

            if (seen is not null && seen.At >= until)
            {
                return true;
            }

            _waitingFor = DsObservation.Await("every name server of the parent to show the same once more", ds, _ => true);
            _until = null;
            return false;
        }

        private bool Established(ZoneKey key)
        {
            var isOtherAlgorithm = Others(key).Any(other => other.State == KeyState.Active && other.Public.Algorithm != key.Public.Algorithm);
            Move(key, KeyState.Active, signsZone: key.Role == KeyRole.Csk);
            foreach (var old in Others(key).Where(other => other.State == KeyState.Active && other.Created < key.Created).ToList())
            {
                if (isOtherAlgorithm && old.Public.Algorithm != key.Public.Algorithm)
                {
                    Move(old, KeyState.Withdrawn, old.SignsZone);
                }
                else if (old.IsCompromised && key.SignsZone && Passed(key.Created + DataEverywhere))
                {
                    keys.Remove(old);
                }
                else if (old.Role == KeyRole.Csk || (key.Role == KeyRole.Csk && old.Role == KeyRole.Zsk))
                {
                    Move(old, KeyState.Retired, signsZone: false);
                }
                else if (old.Role == KeyRole.Ksk)
                {
                    keys.Remove(old);
                }
            }

            return true;
        }

        private KeyStep End()
        {
            if (keys.Count == 0)
            {
                return new([], SigningState.Unsigned, null, null, null, NeedsDs: false);
            }

            var seen = ds is { IsWhole: true } ? ds : null;
            if (keys.TrueForAll(key => key.State == KeyState.Withdrawn))
            {
                var since = keys.Select(key => key.Since).Max();
                if (seen is { IsEmpty: false } && seen.At > since)
                {
                    // Back again: somebody registered it anew.
                    Each(key => key with { State = key.IsSecureEntryPoint ? KeyState.Submitted : KeyState.Active, Since = now, DsSince = null });
                    return End();
                }

                var ttl = keys.Select(key => key.DsTtl).Max();
                var isForgotten = ttl == TimeSpan.Zero
                    ? Wait(since, "the DS to leave the caches")
                    : WaitForSight(since + ttl, seen is { IsEmpty: true } ? seen : null, "the DS to leave the caches");
                return isForgotten
                    ? new([], SigningState.Unsigned, null, null, null, NeedsDs: false)
                    : new([.. keys], SigningState.Disabling, _waitingFor, _until, _look, NeedsDs: true);
            }

            // From now on no DS is there by our wish: whoever enables signing again has to wait for it.
            Each(key => key is { IsSecureEntryPoint: true, State: KeyState.Active } ? key with { State = KeyState.Submitted, Since = now, DsSince = null } : key);
            var asked = keys.Where(key => key is { IsSecureEntryPoint: true, State: KeyState.Submitted }).ToList();
            if (asked.Count == 0 || (seen is { IsEmpty: true } && asked.TrueForAll(key => seen.At > key.Since)))
            {
                // Only the DS has to be forgotten now: until then all goes on being signed.
                Each(key => key with { State = KeyState.Withdrawn, Since = now, DsTtl = seen is not null && seen.Ttl > key.DsTtl ? seen.Ttl : key.DsTtl });
                return End();
            }

            if (seen is not null)
            {
                Each(key => seen.Ttl > key.DsTtl ? key with { DsTtl = seen.Ttl } : key);
            }

            var waitingFor = DsObservation.Await("the DS to be gone from every name server of the parent", ds, answer => answer.Records.IsEmpty);
            return new([.. keys], SigningState.WaitingForDsRemoval, waitingFor, null, null, NeedsDs: true);
        }

        /// <summary>Signing was to end and goes on: the DS is gone, or going.</summary>
        private void ReturnFromEnd() => Each(key => key with
        {
            State = key.SignsZone && !key.IsSecureEntryPoint ? KeyState.Active
                : keys.Exists(other => other.SignsZone && other.IsSecureEntryPoint == key.IsSecureEntryPoint && other.Created > key.Created) ? KeyState.Retired
                : key.IsSecureEntryPoint ? KeyState.Submitted : KeyState.Published,
            Since = now,
            DsSince = null,
        });

        private void Each(Func<ZoneKey, ZoneKey> change)
        {
            for (var i = 0; i < keys.Count; i++)
            {
                keys[i] = change(keys[i]);
            }
        }

        private IEnumerable<ZoneKey> Others(ZoneKey key) => keys.Where(other => !ReferenceEquals(other.Public, key.Public));

        private bool Wait(ZoneKey key, TimeSpan wait, string what) => Wait(key.Since + wait, what);

        private bool Wait(DateTimeOffset until, string what)
        {
            if (Passed(until))
            {
                return true;
            }

            _waitingFor = what;
            _until = until;
            return false;
        }

        private bool Passed(DateTimeOffset time)
        {
            if (time <= now)
            {
                return true;
            }

            _look = _look is { } sooner && sooner < time ? sooner : time;
            return false;
        }

        private bool Move(ZoneKey key, KeyState state, bool? signsZone = null)
        {
            var isLeaving = state is KeyState.Retired or KeyState.Withdrawn;
            Put(key, key with
            {
                State = state,
                Since = now,
                SignsZone = signsZone ?? key.SignsZone,
                IsToBeReplaced = key.IsToBeReplaced && !isLeaving,
            });
            return true;
        }

        private void Put(ZoneKey old, ZoneKey @new) => keys[keys.FindIndex(key => ReferenceEquals(key, old))] = @new;
    }
}
