using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Plans;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Plans;

public class ServicePlanTests
{
    private static readonly ServiceSettings s_settings = new()
    {
        TsigKeys = new[] { Key(1, "one", 1), Key(2, "two", 2) }.ToImmutableDictionary(key => key.Id),
        CommonSettings = new[] { new CommonSetting(1, "Default", true, ""), new CommonSetting(2, "Other", false, "") }.ToImmutableDictionary(common => common.Id),
        Primaries =
        [
            new(1, "first", 1, IPAddress.Parse("192.0.2.1"), 53, 1, 10, true),
            new(2, "second", 2, IPAddress.Parse("192.0.2.2"), 53, 2, 10, true),
        ],
        ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("10.0.0.0/8"), 2)],
        NotifyTargets = [new(1, 2, IPAddress.Parse("10.0.0.1"), 53, 1)],
        Zones = [Zone(1, "a.example", 1), Zone(2, "b.example", 1), Zone(3, "c.example", 2)],
    };

    private static readonly ServicePlan s_plan = ServicePlan.From(s_settings, ServicePlan.Empty);

    [Fact]
    public void Settings_that_say_the_same_touch_nothing_even_as_new_objects()
    {
        var same = s_settings with
        {
            TsigKeys = new[] { Key(1, "one", 1), Key(2, "two", 2) }.ToImmutableDictionary(key => key.Id),
            Primaries = [.. s_settings.Primaries.Select(primary => primary with { Address = IPAddress.Parse(primary.Address.ToString()) })],
            Zones = [.. s_settings.Zones.Select(zone => zone with { Name = DomainName.Parse(zone.Name.ToString()) })],
        };
        var difference = Difference(same);
        Assert.Empty(difference.Added);
        Assert.Empty(difference.Changed);
        Assert.Empty(difference.Removed);
        Assert.False(difference.ListenChanged);
    }

    [Fact]
    public void A_new_secret_touches_only_the_zones_whose_primary_uses_the_key()
    {
        var third = Key(3, "three", 3);
        var settings = s_settings with
        {
            TsigKeys = s_settings.TsigKeys.Add(3, third),
            CommonSettings = s_settings.CommonSettings.Add(3, new(3, "Third", false, "")),
            Primaries = s_settings.Primaries.Add(new(3, "third", 3, IPAddress.Parse("192.0.2.3"), 53, 3, 10, true)),
            Zones = s_settings.Zones.Add(Zone(4, "d.example", 3)),
        };
        var before = ServicePlan.From(settings, ServicePlan.Empty);
        var after = ServicePlan.From(settings with { TsigKeys = settings.TsigKeys.SetItem(3, Key(3, "three", 99)) }, before);
        var difference = after.Since(before);
        Assert.Equal(["d.example."], difference.Changed.Select(zone => zone.Name.ToString()));
    }

    [Fact]
    public void A_changed_ACL_touches_the_zones_of_its_common_setting_only()
    {
        var difference = Difference(s_settings with { ZoneTransferAcls = [] });
        Assert.Equal([1, 2], difference.Changed.Select(zone => zone.Id));
    }

    [Fact]
    public void A_disabled_primary_is_no_part_of_the_plan_and_enabling_it_touches_its_zones()
    {
        var disabled = s_settings with { Primaries = [s_settings.Primaries[0], s_settings.Primaries[1] with { Enabled = false }] };
        var before = ServicePlan.From(disabled, ServicePlan.Empty);
        Assert.Empty(before.CommonPlans[2].Primaries);
        Assert.Equal([3], ServicePlan.From(s_settings, before).Since(before).Changed.Select(zone => zone.Id));
    }

    [Fact]
    public void Zones_come_go_and_move_to_another_common_setting()
    {
        var difference = Difference(s_settings with { Zones = [Zone(1, "a.example", 2), Zone(3, "c.example", 2), Zone(9, "z.example", 1)] });
        Assert.Equal([9], difference.Added.Select(zone => zone.Id));
        Assert.Equal([1], difference.Changed.Select(zone => zone.Id));
        Assert.Equal([2], difference.Removed);
    }

    [Fact]
    public void A_zone_that_was_removed_and_added_again_is_another_one()
    {
        var difference = Difference(s_settings with { Zones = [Zone(7, "a.example", 1), .. s_settings.Zones.RemoveAt(0)] });
        Assert.Equal([7], difference.Added.Select(zone => zone.Id));
        Assert.Equal([1], difference.Removed);
    }

    [Fact]
    public void Primaries_are_tried_by_priority_then_in_the_order_of_their_registration()
    {
        var plan = ServicePlan.From(
            s_settings with
            {
                Primaries =
                [
                    new(4, "last", 1, IPAddress.Parse("192.0.2.4"), 53, null, 20, true),
                    new(3, "third", 1, IPAddress.Parse("192.0.2.3"), 53, null, 10, true),
                    new(2, "second", 1, IPAddress.Parse("192.0.2.2"), 53, null, 10, true),
                    new(1, "first", 1, IPAddress.Parse("192.0.2.1"), 53, null, 0, true),
                ],
            },
            ServicePlan.Empty);
        Assert.Equal(["first", "second", "third", "last"], plan.CommonPlans[1].Primaries.Select(primary => primary.Name));
    }

    [Fact]
    public void What_we_send_comes_from_the_transfer_source_of_its_family()
    {
        var settings = s_settings with
        {
            Server = s_settings.Server with { TransferSources = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("198.51.100.1")] },
        };
        var difference = ServicePlan.From(settings, s_plan).Since(s_plan);
        Assert.Equal([1, 2, 3], difference.Changed.Select(zone => zone.Id));
        Assert.Equal(IPAddress.Parse("198.51.100.1"), ServicePlan.From(settings, s_plan).CommonPlans[1].Primaries[0].Remote.Source);
    }

    private static PlanDifference Difference(ServiceSettings settings) => ServicePlan.From(settings, s_plan).Since(s_plan);

    private static TsigKeySetting Key(long id, string name, byte secret) =>
        new(id, new(DomainName.Parse(name), TsigAlgorithm.HmacSha256, new byte[] { secret, 2, 3 }), "");

    private static ManagedZone Zone(long id, string name, long common) => new(id, DomainName.Parse(name), common, true, false, null, "");
}
