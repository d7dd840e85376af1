using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

// A second process on a store: StoreWriter settings|contents <folder> <name> <rounds>.
// A reader that ever sees two rounds at once has seen half a change.
using var store = ManagedDnsStore.Open(args[1]);
if (args[0] == "settings")
{
    // Each round is one transaction that writes the same remark to every zone.
    for (var round = 0; round < int.Parse(args[3]); round++)
    {
        using var transaction = store.Begin();
        foreach (var zone in store.Zones.All())
        {
            store.Zones.Update(zone.Name, old => old with { Comment = $"{args[2]} {round}" });
        }

        transaction.Commit();
    }
}
else
{
    // Each round replaces two zones' contents with its serial and with chunks full of its number.
    using var contents = new ContentsDatabase(store, Console.Error.WriteLine);
    for (var round = 1; round < int.Parse(args[3]); round++)
    {
        var chunks = Enumerable.Range(0, 8).Select(_ => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)round, 60_000).ToArray()).ToList();
        StoredContent Content(long zone) => new(zone, ContentKind.Primary, (uint)round, 1, DateTimeOffset.UnixEpoch);
        contents.Replace([new(Content(1), chunks), new(Content(2), chunks)], CancellationToken.None);
    }
}

return 0;
