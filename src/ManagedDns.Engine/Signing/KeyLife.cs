using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

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
        var ring = new KeyRing(keys, now);
        var turn = new KeyTurn(signing, zone, ring, zoneTtl, ds, now, newKey);
        var end = new KeyEnd(turn);
        if (signing.Ending)
        {
            return end.Step();
        }

        var succession = new KeySuccession(turn);
        if (keys.Count == 0)
        {
            succession.Begin();
        }

        if (KeyEnd.IsOf(ring.Keys))
        {
            end.Return();
        }

        succession.Replace();
        var progress = new KeyProgress(turn);
        while (progress.Advance())
        {
            // One step may make the next one possible, and be what a rollover has waited for.
            succession.Replace();
        }

        return new([.. ring.Keys], StateOf(ring.Keys), turn.Wait.What, turn.Wait.Until, turn.Wait.Look, turn.Wait.NeedsDs);
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

    private static SigningState StateOf(IReadOnlyList<ZoneKey> keys) =>
        keys.Any(key => key is { IsSecureEntryPoint: true, State: KeyState.Active })
            ? keys.All(key => key.State == KeyState.Active) ? SigningState.Signed : SigningState.RollingKey
            : keys.Any(key => key.State == KeyState.Submitted) ? SigningState.WaitingForDs : SigningState.Enabling;
}
