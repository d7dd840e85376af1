using System.Collections;
using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Store;

namespace ManagedDns.Completers;

public sealed class TsigKeyCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.TsigKeys.Names().Select(name => name.ToDisplayString());
}

public sealed class CommonSettingCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.CommonSettings.All().Select(setting => setting.Name);
}

public sealed class PrimaryNameServerCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.Primaries.All().Select(primary => primary.Name);
}

public sealed class ZoneTransferAclCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.ZoneTransferAcls.All().Select(acl => acl.Network.ToString()).Distinct();
}

public sealed class NotifyTargetCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.NotifyTargets.All().Select(target => target.Address.ToString()).Distinct();
}

public sealed class ManagedZoneCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.Zones.All().Select(zone => zone.Name.ToDisplayString());
}

public sealed class CatalogZoneCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound)
    {
        var catalogs = store.Catalogs.All().Select(catalog => catalog.ZoneId).ToHashSet();
        return store.Zones.All().Where(zone => catalogs.Contains(zone.Id)).Select(zone => zone.Name.ToDisplayString());
    }
}

public sealed class SignedZoneCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound)
    {
        var signed = store.ZoneSignings.All().Select(signing => signing.ZoneId).ToHashSet();
        return store.Zones.All().Where(zone => signed.Contains(zone.Id)).Select(zone => zone.Name.ToDisplayString());
    }
}

/// <summary>The tags of the keys of the zone that is given before.</summary>
public sealed class KeyTagCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        DomainName.TryParse($"{bound?["Zone"] ?? bound?["Name"]}", out var name, out _) && store.Zones.Find(name) is { } zone
            ? store.ZoneKeys.Public(zone.Id).Select(key => key.Public.Tag.ToString(CultureInfo.InvariantCulture)).Distinct()
            : [];
}

public sealed class SigningPolicyCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.SigningPolicies.All().Select(policy => policy.Name);
}

public sealed class ManagedNameServerCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound) =>
        store.NameServers.All().Select(server => server.HostName.ToDisplayString());
}
