using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store;
using Microsoft.Extensions.Time.Testing;

namespace Store.Tests;

/// <summary>How what catalogs list becomes managed zones, and how they leave (RFC 9432 §5).</summary>
public sealed class CatalogTests : StoreTest
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));
    private readonly ManagedDnsStore _store;
    private readonly long _catalog;
    private readonly long _other;

    public CatalogTests()
    {
        _store = ManagedDnsStore.Open(Folder.Store, time: _time);
        _catalog = Follow("catalog.example");
        _other = Follow("other.example");
    }

    [Fact]
    public void Members_are_made_with_their_groups_setting_and_their_proxy_on()
    {
        var gold = _store.CommonSettings.Add("gold").Id;
        var plain = _store.CommonSettings.Add("plain").Id;
        Change(_catalog, old => old with { MemberSettingId = plain, Groups = [new("Gold", gold)] });

        Apply(_catalog, 1, Entry("a", "one.test", "unknown", "Gold"), Entry("b", "two.test", "gold"), Entry("c", "three.test"));

        Assert.Equal((gold, true), Of("one.test") is { } one ? (one.CommonSettingId, one.ProxyEnabled) : default);
        Assert.Equal([plain, plain], [Of("two.test")!.CommonSettingId, Of("three.test")!.CommonSettingId]);
        Assert.Equal(
            (1u, 1u, null), _store.Catalogs.Status()[_catalog] is { } status ? (status.Serial, status.AppliedSerial, status.Failure) : default);
    }

    [Fact]
    public void An_empty_catalog_removes_nothing_before_the_grace_period_has_passed_and_what_comes_back_stays()
    {
        Apply(_catalog, 1, Entry("a", "one.test"), Entry("b", "two.test"));
        var id = Of("one.test")!.Id;
        Apply(_catalog, 2);
        Assert.All(Members(), member => Assert.Equal(CatalogMemberState.Leaving, member.State));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Empty(_store.CatalogMembers.RemoveLeft());

        Apply(_catalog, 3, Entry("a", "one.test"));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal([Name("two.test")], _store.CatalogMembers.RemoveLeft());
        Assert.Equal(id, Of("one.test")!.Id);
        Assert.Null(Of("two.test"));
        Assert.Empty(_store.Requests.All());
    }

    [Fact]
    public void A_broken_catalog_changes_nothing_but_what_is_said_of_it()
    {
        Apply(_catalog, 1, Entry("a", "one.test"));
        var failure = new Failure(FailureReason.CatalogBroken, null, "broken", "mend it");

        _store.CatalogMembers.Apply(new(_catalog, 2, [], failure));

        Assert.Equal(CatalogMemberState.Active, Assert.Single(Members()).State);
        var status = _store.Catalogs.Status()[_catalog];
        Assert.Equal((2u, 1u, failure), (status.Serial, status.AppliedSerial, status.Failure));
    }

    [Fact]
    public void A_zone_that_is_managed_by_hand_is_not_taken_over_and_its_member_waits_until_the_name_is_free()
    {
        var mine = _store.Zones.Add(Name("one.test"), Common);

        Apply(_catalog, 1, Entry("a", "one.test"));

        Assert.Equal(mine, Of("one.test"));
        Assert.Equal(CatalogMemberState.Clash, Assert.Single(Members()).State);
        _store.Zones.Remove(Name("one.test"));
        Apply(_catalog, 2, Entry("a", "one.test"));
        Assert.NotEqual(mine.Id, Of("one.test")!.Id);
        Assert.Equal(CatalogMemberState.Active, Assert.Single(Members()).State);
    }

    [Fact]
    public void A_name_that_two_catalogs_list_stays_with_the_first_until_that_names_the_second_as_owner()
    {
        Apply(_catalog, 1, Entry("a", "one.test"));
        Apply(_other, 1, Entry("a", "one.test"));
        var zone = Of("one.test")!;
        Assert.Equal(_catalog, _store.CatalogMembers.OwnerOf(zone.Id)!.CatalogId);

        Apply(_catalog, 2, Entry("a", "one.test") with { NewCatalog = Name("OTHER.example") });

        Assert.Equal(_other, _store.CatalogMembers.OwnerOf(zone.Id)!.CatalogId);
        Apply(_catalog, 3);
        Assert.Equal(CatalogMemberState.Active, Assert.Single(Members()).State);
        Assert.Equal(zone.Id, Of("one.test")!.Id);
        Assert.Empty(_store.Requests.All());
    }

    [Fact]
    public void A_change_of_ownership_to_another_member_id_and_a_new_id_in_the_same_catalog_have_the_zone_taken_anew()
    {
        Apply(_catalog, 1, Entry("a", "one.test") with { NewCatalog = Name("other.example") }, Entry("b", "two.test"));
        var (one, two) = (Of("one.test")!.Id, Of("two.test")!.Id);

        Apply(_other, 1, Entry("x", "one.test"));
        Apply(_catalog, 2, Entry("y", "two.test"));

        Assert.Equal(
            [(RequestKind.ResetZone, one), (RequestKind.ResetZone, two)],
            _store.Requests.All().Select(request => (request.Kind, request.ZoneId!.Value)));
        Assert.Equal((one, two), (Of("one.test")!.Id, Of("two.test")!.Id));
    }

    [Fact]
    public void Two_catalogs_that_name_each_other_as_owner_do_not_hand_a_zone_to_and_fro()
    {
        Apply(_catalog, 1, Entry("a", "one.test") with { NewCatalog = Name("other.example") });
        Apply(_other, 1, Entry("b", "one.test") with { NewCatalog = Name("catalog.example") });

        Assert.Equal(_catalog, _store.CatalogMembers.OwnerOf(Of("one.test")!.Id)!.CatalogId);
    }

    [Fact]
    public void A_zone_that_left_one_catalog_goes_to_another_that_lists_it_without_a_gap()
    {
        Apply(_catalog, 1, Entry("a", "one.test"));
        var id = Of("one.test")!.Id;
        Apply(_other, 1, Entry("b", "one.test"));
        Apply(_catalog, 2);
        Apply(_other, 2, Entry("b", "one.test"));

        Assert.Equal((id, _other), (Of("one.test")!.Id, _store.CatalogMembers.OwnerOf(id)!.CatalogId));
        Assert.Equal(RequestKind.ResetZone, Assert.Single(_store.Requests.All()).Kind);
    }

    [Fact]
    public void A_zone_taken_back_from_its_catalog_stays_whatever_the_catalog_says()
    {
        Apply(_catalog, 1, Entry("a", "one.test"), Entry("b", "two.test"));
        Apply(_catalog, 2, Entry("b", "two.test"));
        _store.CatalogMembers.Release(Of("one.test")!);
        _store.CatalogMembers.Release(Of("two.test")!);
        Apply(_catalog, 3);
        _time.Advance(TimeSpan.FromDays(2));

        Assert.Empty(_store.CatalogMembers.RemoveLeft());
        Assert.NotNull(Of("one.test"));
        Assert.NotNull(Of("two.test"));
        Fails(StoreError.Unknown, () => _store.CatalogMembers.Release(Of("one.test")!));
    }

    [Fact]
    public void A_catalog_that_is_followed_no_more_leaves_its_members_as_they_are()
    {
        Apply(_catalog, 1, Entry("a", "one.test"));

        _store.Catalogs.Remove(Of("catalog.example")!);

        Assert.NotNull(Of("one.test"));
        Assert.NotNull(Of("catalog.example"));
        Assert.Empty(Members());
    }

    [Fact]
    public void An_active_member_cannot_be_removed_by_hand_for_it_would_come_back()
    {
        Apply(_catalog, 1, Entry("a", "one.test"));

        Assert.Contains("catalog.example", Fails(StoreError.InUse, () => _store.Zones.Remove(Name("one.test"))).Message, StringComparison.Ordinal);
        Apply(_catalog, 2);
        _store.Zones.Remove(Name("one.test"));
        Assert.Empty(Members());
    }

    [Fact]
    public void A_grace_period_of_zero_removes_at_once()
    {
        Change(_catalog, old => old with { GracePeriod = TimeSpan.Zero });
        Apply(_catalog, 1, Entry("a", "one.test"));
        Apply(_catalog, 2);

        Assert.Equal([Name("one.test")], _store.CatalogMembers.RemoveLeft());
    }

    [Fact]
    public void A_catalog_made_here_comes_from_nowhere_else_and_settings_that_catalogs_use_stay()
    {
        var made = _store.Zones.Add(Name("made.example"), Common);
        _store.Catalogs.Add(new(made.Id, CatalogRole.Producer));
        Fails(StoreError.Invalid, () => _store.Zones.Update(made.Name, zone => zone with { ProxyEnabled = true }));
        Fails(StoreError.DuplicateName, () => _store.Catalogs.Add(new(made.Id, CatalogRole.Consumer)));
        Fails(
            StoreError.Invalid,
            () => _store.Catalogs.Add(new(_store.Zones.Add(Name("file.example"), Common, zoneFile: "/z").Id, CatalogRole.Producer)));
        var gold = _store.CommonSettings.Add("gold").Id;
        Change(_catalog, old => old with { Groups = [new("g", gold)] });
        Assert.Contains("catalog.example", Fails(StoreError.InUse, () => _store.CommonSettings.Remove("gold")).Message, StringComparison.Ordinal);

        _store.Catalogs.Remove(made);
        Assert.Null(Of("made.example"));
    }

    [Fact]
    public void Every_zone_has_a_member_id_of_its_own_and_a_new_incarnation_another()
    {
        var first = _store.Zones.Add(Name("one.test"), Common).MemberId;
        var second = _store.Zones.Add(Name("two.test"), Common).MemberId;
        _store.Zones.Remove(Name("one.test"));

        Assert.Equal(20, first.Length);
        Assert.Equal(3, new HashSet<string> { first, second, _store.Zones.Add(Name("one.test"), Common).MemberId }.Count);
    }

    protected override void Dispose(bool disposing)
    {
        _store.Dispose();
        base.Dispose(disposing);
    }

    private static CatalogEntry Entry(string id, string zone, params string[] groups) => new(id, Name(zone), [.. groups], null);

    private long Follow(string name)
    {
        var zone = _store.Zones.Add(Name(name), Common);
        return _store.Catalogs.Add(new(zone.Id, CatalogRole.Consumer)).ZoneId;
    }

    private void Apply(long catalog, uint serial, params CatalogEntry[] entries) =>
        _store.CatalogMembers.Apply(new(catalog, serial, [.. entries], null));

    private void Change(long catalog, Func<CatalogZone, CatalogZone> change) => _store.Catalogs.Update(_store.Zones.Find(catalog)!, change);

    private IReadOnlyList<CatalogMember> Members() => _store.CatalogMembers.All();

    private ManagedZone? Of(string name) => _store.Zones.Find(Name(name));
}
