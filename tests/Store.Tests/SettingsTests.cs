using System.Net;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store;

namespace Store.Tests;

public sealed class SettingsTests : IDisposable
{
    private static readonly TsigKey s_key = new(DomainName.Parse("Transfer.example"), TsigAlgorithm.HmacSha384, Encoding.ASCII.GetBytes("a secret of some length"));

    private readonly TestFolder _folder = new();
    private readonly ManagedDnsStore _store;

    public SettingsTests() => _store = ManagedDnsStore.Open(_folder.Store);

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_new_store_has_one_common_setting_named_Default_and_it_is_the_default()
    {
        var setting = Assert.Single(_store.CommonSettings.All());
        Assert.Equal((CommonSetting.DefaultName, true), (setting.Name, setting.IsDefault));
        Assert.Equal(setting, _store.CommonSettings.GetDefault());
        var server = _store.Server.Get();
        Assert.Equal(ServerSettings.Default.ListenAddresses, server.ListenAddresses);
        Assert.Equal((53, "", 0), (server.Port, server.NodeName, server.UdpThreads));
    }

    [Fact]
    public void Everything_set_comes_back_in_one_snapshot()
    {
        var common = _store.CommonSettings.GetDefault().Id;
        var key = _store.TsigKeys.Add(s_key, "the customer's");
        var primary = _store.Primaries.Add("primary1", common, IPAddress.Parse("2001:db8::1"), 5353, key.Id, 7);
        var acl = _store.ZoneTransferAcls.Add(common, IPNetwork.Parse("192.0.2.0/24"), key.Id);
        var target = _store.NotifyTargets.Add(common, IPAddress.Parse("192.0.2.9"), 53, null);
        var zone = _store.Zones.Add(DomainName.Parse("Example.org"), common, hiddenPrimary: true, zoneFile: "/etc/zones/example.org", comment: "ours");
        var server = _store.NameServers.Add(DomainName.Parse("ns1.example.net"), [IPAddress.Parse("192.0.2.53"), IPAddress.Parse("2001:db8::53")]);
        _store.Server.Update(_ => new ServerSettings([IPAddress.Loopback, IPAddress.IPv6Loopback], 0, [IPAddress.Loopback], "node1", 2));

        using var other = ManagedDnsStore.Open(_folder.Store, StoreMode.Open);
        var settings = other.ReadSettings();

        var read = Assert.Single(settings.TsigKeys).Value;
        Assert.Equal((key.Id, "Transfer.example", TsigAlgorithm.HmacSha384, "the customer's"), (read.Id, read.Name.ToDisplayString(), read.Key.Algorithm, read.Comment));
        Assert.Equal(s_key.Secret.ToArray(), read.Key.Secret.ToArray());
        Assert.Equal(primary, Assert.Single(settings.Primaries));
        Assert.False(primary.Enabled);
        Assert.Equal(acl, Assert.Single(settings.ZoneTransferAcls));
        Assert.Equal(target, Assert.Single(settings.NotifyTargets));
        Assert.Equal(zone, Assert.Single(settings.Zones));
        Assert.Equal("Example.org", settings.Zones[0].Name.ToDisplayString());
        Assert.Equal(server.Addresses, Assert.Single(settings.NameServers).Addresses);
        Assert.Equal((0, "node1", 2), (settings.Server.Port, settings.Server.NodeName, settings.Server.UdpThreads));
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], settings.Server.ListenAddresses);
        Assert.Equal(_store.Generation, settings.Generation);
    }
}
