using ManagedDns.Model;
using ManagedDns.Store;

namespace Store.Tests;

public sealed class TransactionTests : StoreTest
{
    [Fact]
    public void Each_change_alone_raises_the_generation_by_one_and_a_batch_does_so_once()
    {
        var start = Store.Generation;
        Store.Zones.Add(Name("a.example"), Common);
        Assert.Equal(start + 1, Store.Generation);

        using (var batch = Store.Begin())
        {
            for (var i = 0; i < 100; i++)
            {
                Store.Zones.Add(Name($"z{i}.example"), Common);
            }

            Assert.Equal(start + 2, batch.Commit());
        }

        Assert.Equal(start + 2, Store.Generation);
        Assert.Equal(101, Store.Zones.All().Count);
    }

    [Fact]
    public void A_batch_that_is_not_committed_has_not_happened()
    {
        var start = Store.Generation;
        using (Store.Begin())
        {
            Store.Zones.Add(Name("a.example"), Common);
            Assert.Single(Store.Zones.All());
        }

        Assert.Empty(Store.Zones.All());
        Assert.Equal(start, Store.Generation);
    }

    [Fact]
    public void A_mistake_in_a_batch_leaves_the_rest_of_it_in_place()
    {
        using (var batch = Store.Begin())
        {
            Store.Zones.Add(Name("a.example"), Common);
            Fails(StoreError.DuplicateName, () => Store.Zones.Add(Name("A.example"), Common));
            Fails(StoreError.Unknown, () => Store.Zones.Remove(Name("nowhere.example")));
            Store.Zones.Add(Name("b.example"), Common);
            batch.Commit();
        }

        Assert.Equal(["a.example", "b.example"], Store.Zones.All().Select(zone => zone.Name.ToDisplayString()));
    }

    [Fact]
    public void Changes_that_fail_and_requests_leave_the_generation_as_it_is()
    {
        var zone = Store.Zones.Add(Name("a.example"), Common);
        var start = Store.Generation;
        Fails(StoreError.DuplicateName, () => Store.Zones.Add(zone.Name, Common));
        Store.Requests.Add(RequestKind.TransferZone, zone.Id);
        Assert.Equal(start, Store.Generation);
    }

    [Fact]
    public void HasChanged_tells_of_other_connections_commits_once()
    {
        using var watcher = ManagedDnsStore.Open(Folder.Store, StoreMode.Open);
        Assert.True(watcher.HasChanged());
        Assert.False(watcher.HasChanged());
        using (var batch = Store.Begin())
        {
            Store.Zones.Add(Name("a.example"), Common);
            Assert.False(watcher.HasChanged());
            batch.Commit();
        }

        Assert.True(watcher.HasChanged());
        Assert.False(watcher.HasChanged());
        Assert.Single(watcher.ReadSettings().Zones);
    }

    [Fact]
    public void Requests_are_taken_up_once_in_order_and_go_with_their_zone()
    {
        var zone = Store.Zones.Add(Name("a.example"), Common);
        var gone = Store.Zones.Add(Name("b.example"), Common);
        var first = Store.Requests.Add(RequestKind.TransferZone, zone.Id, full: true);
        Store.Requests.Add(RequestKind.ReloadZoneFile, gone.Id);
        var last = Store.Requests.Add(RequestKind.StopServer);
        Store.Zones.Remove(gone.Name);
        Assert.True(Store.Requests.IsPending(first.Id));

        using var server = ManagedDnsStore.Open(Folder.Store, StoreMode.Open);
        Assert.Equal([first, last], server.Requests.TakeAll());
        Assert.Empty(server.Requests.TakeAll());
        Assert.False(Store.Requests.IsPending(first.Id));
    }
}
