using System.Net;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store;

namespace Store.Tests;

public sealed class SettingsTests : StoreTest
{
    [Fact]
    public void Checks_and_NOTIFY_senders_of_a_common_setting_are_kept_copied_and_have_defaults()
    {
        Assert.Equal(ContentCheckSettings.Default, Store.CommonSettings.GetDefault().Checks);
        var checks = new ContentCheckSettings
        {
            ApexNameServers = CheckAction.Off,
            NameServerAddresses = CheckAction.Reject,
            ExclusiveRecords = CheckAction.Warn,
            RecordForm = CheckAction.Off,
            ZoneDigest = CheckAction.Warn,
            SignatureLifetime = CheckAction.Off,
            Signatures = CheckAction.Reject,
            RecordLoss = CheckAction.Warn,
            MaxLossPercent = 33,
        };
        Store.CommonSettings.Add("strict");
        Store.CommonSettings.Update("strict", old => old with { Checks = checks, NotifySenders = [System.Net.IPNetwork.Parse("192.0.2.0/24")] });
        Store.CommonSettings.Copy("strict", "copy");
        foreach (var name in new[] { "strict", "copy" })
        {
            Assert.Equal(checks, Store.CommonSettings.Get(name).Checks);
            Assert.Equal([System.Net.IPNetwork.Parse("192.0.2.0/24")], Store.CommonSettings.Get(name).NotifySenders);
        }

        Fails(StoreError.Invalid, () => Store.CommonSettings.Update("strict", old => old with { Checks = checks with { MaxLossPercent = 0 } }));
    }

    [Fact]
    public void Limits_of_transfers_are_kept_copied_and_checked()
    {
        var limits = TransferLimits.Default with { MaxBytes = 1 << 20, MaxRecords = 1000, Idle = TimeSpan.FromSeconds(5), MinimumRate = 0 };
        Assert.Equal(TransferLimits.Default, Store.CommonSettings.GetDefault().Limits);
        Store.CommonSettings.Update(CommonSetting.DefaultName, old => old with { Limits = limits });
        Store.CommonSettings.Copy(CommonSetting.DefaultName, "copy");
        Assert.Equal(limits, Store.CommonSettings.Get("copy").Limits);
        foreach (var wrong in new[] { limits with { MaxBytes = 0 }, limits with { MaxRecords = 0 }, limits with { Idle = TimeSpan.Zero }, limits with { MinimumRate = -1 } })
        {
            Fails(StoreError.Invalid, () => Store.CommonSettings.Update("copy", old => old with { Limits = wrong }));
        }
    }

    [Fact]
    public void A_transfer_rule_keeps_the_pin_of_the_client_and_a_copy_of_its_setting_has_the_same_terms()
    {
        var pin = Convert.ToBase64String(new byte[32]);
        Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), requireTls: true, clientPin: pin);
        Store.CommonSettings.Copy(CommonSetting.DefaultName, "copy");
        Assert.All(Store.ZoneTransferAcls.All(), acl => Assert.Equal((true, pin), (acl.RequireTls, acl.ClientPin)));
        Assert.Equal(2, Store.ZoneTransferAcls.All().Count);
        Fails(StoreError.DuplicateName, () => Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), requireTls: true, clientPin: pin));
        Fails(StoreError.Invalid, () => Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), clientPin: pin));
        Fails(StoreError.Invalid, () => Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), requireTls: true, clientPin: "no pin"));
    }

    private static readonly IPAddress s_address = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void A_new_store_has_one_common_setting_named_Default_and_it_is_the_default()
    {
        var setting = Assert.Single(Store.CommonSettings.All());
        Assert.Equal((CommonSetting.DefaultName, true), (setting.Name, setting.IsDefault));
        Assert.Equal(setting, Store.CommonSettings.GetDefault());
        var server = Store.Server.Get();
        Assert.Equal(ServerSettings.Default.ListenAddresses, server.ListenAddresses);
        Assert.Equal((53, "", 0), (server.Port, server.NodeName, server.UdpThreads));
    }

    [Fact]
    public void Everything_set_comes_back_in_one_snapshot()
    {
        var key = Store.TsigKeys.Add(Key("Transfer.example"), "the customer's");
        var primary = Store.Primaries.Add("primary1", Common, IPAddress.Parse("2001:db8::1"), 5353, key.Id, 7);
        var acl = Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), key.Id);
        var target = Store.NotifyTargets.Add(Common, IPAddress.Parse("192.0.2.9"), 53, null);
        var zone = Store.Zones.Add(Name("Example.org"), Common, hiddenPrimary: true, zoneFile: "/etc/zones/example.org", comment: "ours");
        var server = Store.NameServers.Add(Name("ns1.example.net"), [IPAddress.Parse("192.0.2.53"), IPAddress.Parse("2001:db8::53")]);
        Store.Server.Update(
            _ => new ServerSettings([IPAddress.Loopback, IPAddress.IPv6Loopback], 0, [IPAddress.Loopback], "node1", 2) { VersionText = "v" });

        using var other = ManagedDnsStore.Open(Folder.Store, StoreMode.Open);
        var settings = other.ReadSettings();

        var read = Assert.Single(settings.TsigKeys).Value;
        Assert.Equal(
            (key.Id, "Transfer.example", TsigAlgorithm.HmacSha384, "the customer's"),
            (read.Id, read.Name.ToDisplayString(), read.Key.Algorithm, read.Comment));
        Assert.Equal(Key("Transfer.example"), read.Key);
        Assert.Equal(primary, Assert.Single(settings.Primaries));
        Assert.Equal(acl, Assert.Single(settings.ZoneTransferAcls));
        Assert.Equal(target, Assert.Single(settings.NotifyTargets));
        Assert.Equal(zone, Assert.Single(settings.Zones));
        Assert.Equal("Example.org", settings.Zones[0].Name.ToDisplayString());
        Assert.Equal(server.Addresses, Assert.Single(settings.NameServers).Addresses);
        Assert.Equal((0, "node1", 2, "v"), (settings.Server.Port, settings.Server.NodeName, settings.Server.UdpThreads, settings.Server.VersionText));
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], settings.Server.ListenAddresses);
        Assert.Equal(Store.Generation, settings.Generation);
    }

    [Fact]
    public void A_primary_name_server_is_registered_disabled_and_enabled_in_a_second_step()
    {
        Assert.False(Store.Primaries.Add("p", Common, s_address).Enabled);
        Assert.True(Store.Primaries.Update("P", primary => primary with { Enabled = true, Port = 5300 }).Enabled);
        var read = Store.Primaries.Get("p");
        Assert.Equal((true, 5300), (read.Enabled, read.Port));
    }

    [Fact]
    public void Names_are_unique_without_regard_to_case()
    {
        var other = Store.CommonSettings.Add("Größe").Id;
        Store.Primaries.Add("Primary", Common, s_address);
        Store.TsigKeys.Add(Key("key.example"));
        Store.Zones.Add(Name("example.org"), Common);
        Store.NameServers.Add(Name("ns1.example"), []);

        Fails(StoreError.DuplicateName, () => Store.CommonSettings.Add("GRÖßE"));
        Fails(StoreError.DuplicateName, () => Store.Primaries.Add("PRIMARY", other, s_address));
        Fails(StoreError.DuplicateName, () => Store.TsigKeys.Add(Key("KEY.example")));
        Fails(StoreError.DuplicateName, () => Store.NameServers.Add(Name("NS1.example"), []));
        var e = Fails(StoreError.DuplicateName, () => Store.Zones.Add(Name("EXAMPLE.org"), other));
        Assert.Equal("EXAMPLE.org", e.Target);
    }

    [Fact]
    public void A_rename_keeps_the_id_and_may_change_the_case_but_not_take_anothers_name()
    {
        var a = Store.Primaries.Add("a", Common, s_address);
        Store.Primaries.Add("b", Common, s_address);
        Assert.Equal(a with { Name = "A" }, Store.Primaries.Update("a", primary => primary with { Name = "A" }));
        Fails(StoreError.DuplicateName, () => Store.Primaries.Update("a", primary => primary with { Name = "B" }));
        Assert.Equal("A", Store.Primaries.Get("a").Name);
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_cmdlet_that_makes_one()
    {
        Assert.Contains(
            "New-PrimaryNameServer", Fails(StoreError.Unknown, () => Store.Primaries.Update("p", primary => primary)).Remedy,
            StringComparison.Ordinal);
        Assert.Contains("New-TsigKey", Fails(StoreError.Unknown, () => Store.TsigKeys.Get(Name("k"))).Remedy, StringComparison.Ordinal);
        Assert.Contains("New-CommonSetting", Fails(StoreError.Unknown, () => Store.CommonSettings.Get("c")).Remedy, StringComparison.Ordinal);
        Assert.Contains("New-ManagedZone", Fails(StoreError.Unknown, () => Store.Zones.Remove(Name("z"))).Remedy, StringComparison.Ordinal);
        Fails(StoreError.Unknown, () => Store.NameServers.Remove(Name("n")));
        Fails(StoreError.Unknown, () => Store.ZoneTransferAcls.Remove(1));
        Fails(StoreError.Unknown, () => Store.NotifyTargets.Remove(1));
    }

    [Fact]
    public void A_reference_to_what_is_not_there_is_Unknown()
    {
        Fails(StoreError.Unknown, () => Store.Zones.Add(Name("example.org"), 99));
        Fails(StoreError.Unknown, () => Store.Primaries.Add("p", 99, s_address));
        Fails(StoreError.Unknown, () => Store.Primaries.Add("p", Common, s_address, tsigKeyId: 99));
        Fails(StoreError.Unknown, () => Store.Requests.Add(RequestKind.TransferZone, 99));
        Assert.Empty(Store.ReadSettings().Zones);
    }

    [Fact]
    public void A_key_in_use_is_not_removed_and_the_error_has_its_users()
    {
        var key = Store.TsigKeys.Add(Key("key.example"));
        Store.Primaries.Add("p1", Common, s_address, tsigKeyId: key.Id);
        var acl = Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("2001:db8::/32"), key.Id);
        var target = Store.NotifyTargets.Add(Common, s_address, 53, key.Id);

        var e = Fails(StoreError.InUse, () => Store.TsigKeys.Remove(key.Name));
        Assert.Equal([new("PrimaryNameServer", "p1"), new("ZoneTransferAcl", "2001:db8::/32"), new("NotifyTarget", "192.0.2.1")], e.Users);
        Assert.Contains("p1", e.Message, StringComparison.Ordinal);

        Store.Primaries.Remove("p1");
        Store.ZoneTransferAcls.Remove(acl.Id);
        Store.NotifyTargets.Remove(target.Id);
        Store.TsigKeys.Remove(key.Name);
        Assert.Empty(Store.TsigKeys.All());
    }

    [Fact]
    public void A_common_setting_in_use_is_not_removed_and_one_that_is_not_goes_with_its_parts()
    {
        var setting = Store.CommonSettings.Add("other");
        Store.Primaries.Add("p", setting.Id, s_address);
        Store.NotifyTargets.Add(setting.Id, s_address);
        Store.ZoneTransferAcls.Add(setting.Id, IPNetwork.Parse("0.0.0.0/0"));
        Store.Zones.Add(Name("example.org"), setting.Id);
        Assert.Equal(
            new StoreUser("ManagedZone", "example.org"), Assert.Single(Fails(StoreError.InUse, () => Store.CommonSettings.Remove("other")).Users));

        Store.Zones.Update(Name("example.org"), zone => zone with { CommonSettingId = Common });
        Store.CommonSettings.Remove("other");
        var settings = Store.ReadSettings();
        Assert.Empty(settings.Primaries);
        Assert.Empty(settings.NotifyTargets);
        Assert.Empty(settings.ZoneTransferAcls);
        Assert.Single(settings.CommonSettings);
    }

    [Fact]
    public void A_primary_that_zones_are_transferred_from_is_not_removed_before_it_is_disabled()
    {
        Store.Primaries.Add("p", Common, s_address);
        Store.Primaries.Update("p", primary => primary with { Enabled = true });
        Store.Zones.Add(Name("off.example"), Common);
        Store.Zones.Add(Name("on.example"), Common);
        Store.Zones.Update(Name("on.example"), zone => zone with { ProxyEnabled = true });

        var e = Fails(StoreError.InUse, () => Store.Primaries.Remove("p"));
        Assert.Equal(new StoreUser("ManagedZone", "on.example"), Assert.Single(e.Users));
        Store.Primaries.Update("p", primary => primary with { Enabled = false });
        Store.Primaries.Remove("p");
        Assert.Null(Store.Primaries.Find("p"));
    }

    [Fact]
    public void There_is_always_exactly_one_default_common_setting()
    {
        Store.CommonSettings.Add("other", isDefault: true);
        Assert.Equal("other", Store.CommonSettings.GetDefault().Name);
        Fails(StoreError.Invalid, () => Store.CommonSettings.Update("other", setting => setting with { IsDefault = false }));
        Fails(StoreError.Invalid, () => Store.CommonSettings.Remove("other"));
        Store.CommonSettings.Update("default", setting => setting with { IsDefault = true });
        Assert.Equal("Default", Assert.Single(Store.CommonSettings.All(), setting => setting.IsDefault).Name);
    }

    [Fact]
    public void A_copy_of_a_common_setting_has_its_parts_with_the_primaries_disabled()
    {
        var key = Store.TsigKeys.Add(Key("key.example"));
        Store.Primaries.Add("p", Common, s_address, 5300, key.Id, 3);
        Store.Primaries.Update("p", primary => primary with { Enabled = true });
        Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), key.Id);
        Store.NotifyTargets.Add(Common, s_address, 54);

        var copy = Store.CommonSettings.Copy("Default", "second");

        var primary = Store.Primaries.Get("p-second");
        Assert.Equal(
            (copy.Id, 5300, key.Id, 3, false), (primary.CommonSettingId, primary.Port, primary.TsigKeyId, primary.Priority, primary.Enabled));
        Assert.Contains(Store.ZoneTransferAcls.All(), acl => acl.CommonSettingId == copy.Id && acl.TsigKeyId == key.Id);
        Assert.Contains(Store.NotifyTargets.All(), target => target.CommonSettingId == copy.Id && target.Port == 54);
        Assert.False(copy.IsDefault);
    }

    [Fact]
    public void A_copy_of_a_common_setting_demands_TLS_wherever_the_original_does()
    {
        var terms = new TlsTerms { HostName = "primary.example" };
        Store.Primaries.Add("p", Common, s_address, 853, tls: terms);
        Store.ZoneTransferAcls.Add(Common, IPNetwork.Parse("192.0.2.0/24"), requireTls: true);

        var copy = Store.CommonSettings.Copy("Default", "second");

        Assert.Equal(terms.HostName, Store.Primaries.Get("p-second").Tls?.HostName);
        Assert.True(Assert.Single(Store.ZoneTransferAcls.All(), acl => acl.CommonSettingId == copy.Id).RequireTls);
    }

    [Fact]
    public void A_zone_removed_and_added_again_is_another_incarnation()
    {
        var first = Store.Zones.Add(Name("example.org"), Common);
        Store.Zones.Remove(first.Name);
        Assert.True(Store.Zones.Add(first.Name, Common).Id > first.Id);
    }

    [Theory]
    [InlineData("0.0.0.0", 53)]
    [InlineData("::", 53)]
    [InlineData("224.0.0.1", 53)]
    [InlineData("ff02::1", 53)]
    [InlineData("192.0.2.1", 0)]
    [InlineData("192.0.2.1", 65536)]
    public void An_address_or_port_that_no_server_can_have_is_Invalid(string address, int port)
    {
        Fails(StoreError.Invalid, () => Store.Primaries.Add("p", Common, IPAddress.Parse(address), port));
        Fails(StoreError.Invalid, () => Store.NotifyTargets.Add(Common, IPAddress.Parse(address), port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" padded ")]
    [InlineData("with\ttab")]
    public void A_name_that_cannot_be_typed_again_is_Invalid(string name)
    {
        Fails(StoreError.Invalid, () => Store.Primaries.Add(name, Common, s_address));
        Fails(StoreError.Invalid, () => Store.CommonSettings.Add(name));
    }

    [Fact]
    public void Server_settings_that_cannot_work_are_Invalid()
    {
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { ListenAddresses = [] }));
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { Port = 65536 }));
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { NodeName = new string('é', 128) }));
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { TransferSources = [IPAddress.Loopback, s_address] }));
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { UdpThreads = -1 }));
        Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { RateLimit = new RateLimitSettings(0) }));
        Assert.Equal(53, Store.Server.Get().Port);
    }

    [Fact]
    public void Limits_of_TCP_clients_come_back_and_stay_in_their_bounds()
    {
        Assert.Equal(new TcpSettings(), Store.Server.Get().Tcp);
        var tcp = new TcpSettings(10, 3) { IdleTimeout = TimeSpan.FromMilliseconds(2500) };
        Store.Server.Update(server => server with { Tcp = tcp });

        foreach (var wrong in new[] { tcp with { MaxConnections = 0 }, tcp with { MaxConnectionsPerClient = 1_000_001 }, tcp with { IdleTimeout = TimeSpan.Zero } })
        {
            Fails(StoreError.Invalid, () => Store.Server.Update(server => server with { Tcp = wrong }));
        }

        Assert.Equal(tcp, Store.Server.Get().Tcp);
    }

    [Fact]
    public void Cookie_secrets_and_rate_limits_come_back_and_go_again()
    {
        var cookies = new CookieSettings(false, CookieSecret.Create(), CookieSecret.Parse("00112233445566778899aabbccddeeff"));
        var limit = new RateLimitSettings(5, 15, 3) { IPv4PrefixLength = 32, IPv6PrefixLength = 48, ExemptNetworks = [IPNetwork.Parse("192.0.2.0/24")] };
        Store.Server.Update(server => server with { Cookies = cookies, RateLimit = limit });
        using (var other = ManagedDnsStore.Open(Folder.Store))
        {
            Assert.Equal((cookies, limit), (other.Server.Get().Cookies, other.Server.Get().RateLimit));
        }

        Assert.DoesNotContain(
            "00112233445566778899AABBCCDDEEFF", TestFolder.Sql(Folder.Settings, "SELECT hex(cookie_other_secret) FROM server_setting") as string);
        Store.Server.Update(server => server with { Cookies = CookieSettings.Default, RateLimit = null });
        Assert.Equal(CookieSettings.Default, Store.Server.Get().Cookies);
        Assert.Null(Store.Server.Get().RateLimit);
    }
}
