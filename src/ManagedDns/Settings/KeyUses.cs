using System.Net;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Which peers use a TSIG key, and which of the two during a rollover: those that were seen, and those that the settings expect.</summary>
internal static class KeyUses
{
    public static IReadOnlyList<TsigKeyUseInfo> Of(ManagedDnsStore store, SettingsView view, TsigKeySetting key)
    {
        var seen = store.Status.KeyUses(key.Id).ToLookup(use => (use.Peer, use.Direction));
        var expected = Expected(view.Settings, key.Id).ToLookup(user => user.Address, user => user.Name);
        var peers = seen.Select(uses => uses.Key).Union(expected.Select(users => (users.Key, TsigKeyUseDirection.Sent)));
        return
        [
            .. peers.Select(peer => Show(key, peer.Item1, peer.Item2, [.. seen[peer]], expected[peer.Item1]))
                .OrderBy(use => use.Direction).ThenBy(use => use.UsedBy is null).ThenBy(use => use.UsedBy, StringComparer.OrdinalIgnoreCase)
                .ThenBy(use => use.Peer),
        ];
    }

    /// <summary>During a rollover: those who would be shut out if the successor were alone.</summary>
    public static IEnumerable<TsigKeyUseInfo> NotMoved(IEnumerable<TsigKeyUseInfo> uses) =>
        uses.Where(use => use.LastRole is TsigKeyRole.Current or TsigKeyRole.None);

    private static TsigKeyUseInfo Show(
        TsigKeySetting key, IPAddress peer, TsigKeyUseDirection direction, TsigKeyUse[] uses, IEnumerable<string> users)
    {
        var last = uses.MaxBy(use => use.LastUsed);
        return new()
        {
            Name = key.Name.ToDisplayString(),
            Peer = peer.ToString(),
            UsedBy = direction == TsigKeyUseDirection.Sent && string.Join(", ", users) is { Length: > 0 } names ? names : null,
            Direction = direction,
            LastRole = RoleOf(last, key.Key),
            LastKey = last?.KeyName.ToDisplayString(),
            LastUsed = last?.LastUsed.UtcDateTime,
            CurrentLastUsed = uses.FirstOrDefault(use => RoleOf(use, key.Key) == TsigKeyRole.Current)?.LastUsed.UtcDateTime,
            SuccessorLastUsed = uses.FirstOrDefault(use => RoleOf(use, key.Key) == TsigKeyRole.Successor)?.LastUsed.UtcDateTime,
        };
    }

    private static TsigKeyRole RoleOf(TsigKeyUse? use, TsigKey key) =>
        use is null ? TsigKeyRole.None
        : use.Fingerprint == key.Fingerprint ? TsigKeyRole.Current
        : use.Fingerprint == key.Successor?.Fingerprint ? TsigKeyRole.Successor
        : TsigKeyRole.Former;

    /// <summary>Whom we ask or tell with the key. A primary that is disabled is not asked.</summary>
    private static IEnumerable<(IPAddress Address, string Name)> Expected(ServiceSettings settings, long keyId) =>
    [
        .. settings.Primaries.Where(primary => primary.TsigKeyId == keyId && primary.Enabled)
            .Select(primary => (primary.Address, $"PrimaryNameServer {primary.Name}")),
        .. settings.NotifyTargets.Where(target => target.TsigKeyId == keyId)
            .Select(target => (target.Address, $"NotifyTarget {target.Address}")).Distinct(),
    ];
}
