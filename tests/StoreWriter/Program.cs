using ManagedDns.Store;

// A second process on a store: StoreWriter <folder> <name> <rounds>. Each round is one transaction that writes the same remark to every zone.
// A reader that ever sees two different remarks has seen half a change.
using var store = ManagedDnsStore.Open(args[0]);
for (var round = 0; round < int.Parse(args[2]); round++)
{
    using var transaction = store.Begin();
    foreach (var zone in store.Zones.All())
    {
        store.Zones.Update(zone.Name, old => old with { Comment = $"{args[1]} {round}" });
    }

    transaction.Commit();
}

return 0;
