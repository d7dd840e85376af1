using ManagedDns.Store;

namespace ManagedDns.Completers;

public sealed class TsigKeyCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.TsigKeys.Names().Select(name => name.ToDisplayString());
}

public sealed class CommonSettingCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.CommonSettings.All().Select(setting => setting.Name);
}

public sealed class PrimaryNameServerCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.Primaries.All().Select(primary => primary.Name);
}

public sealed class ManagedZoneCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.Zones.All().Select(zone => zone.Name.ToDisplayString());
}

public sealed class SigningPolicyCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.SigningPolicies.All().Select(policy => policy.Name);
}

public sealed class ManagedNameServerCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string> Names(ManagedDnsStore store) => store.NameServers.All().Select(server => server.HostName.ToDisplayString());
}
