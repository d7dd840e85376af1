using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Updates;

public class ContentKeeperTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryContentStore _store = new();

    private Freshness Fresh => new(_time.GetUtcNow(), _time.GetUtcNow().AddDays(1));

    [Fact]
    public async Task A_version_is_announced_only_after_it_is_kept()
    {
        await using var keeper = NewKeeper();
        var kept = new TaskCompletionSource<uint>();
        keeper.Keep(1, TestZone.Build(TestZone.Text(5)), [], Fresh, (version, _) => Done(version, () => kept.SetResult(_store.List().Single().Serial)));
        Assert.Equal(5u, await kept.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken));
        Assert.Equal(Fresh, _store.List().Single().Freshness);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(OutOfMemoryException))]
    public async Task A_store_that_cannot_be_written_is_tried_again_and_the_newest_version_wins(Type fault)
    {
        await using var keeper = NewKeeper();
        _store.Fault = (Exception)Activator.CreateInstance(fault)!;
        var older = false;
        keeper.Keep(1, TestZone.Build(TestZone.Text(5)), [], null, (version, _) => Done(version, () => older = true));
        await _store.Failed.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        var kept = new TaskCompletionSource();
        keeper.Keep(1, TestZone.Build(TestZone.Text(6)), [], null, (version, _) => Done(version, kept.SetResult));
        _store.Fault = null;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(s_patience);
        while (!kept.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            bound.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal(6u, _store.List().Single().Serial);
        Assert.False(older);
    }

    [Fact]
    public async Task A_change_is_kept_by_its_differences_and_what_waited_meanwhile_goes_with_it()
    {
        await using var keeper = NewKeeper();
        var kept = new TaskCompletionSource();
        keeper.Keep(1, TestZone.Build(TestZone.Text(1)), [], null, (version, _) => Done(version, kept.SetResult));
        await kept.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        _store.Ready.Reset();
        keeper.Keep(1, TestZone.Build(TestZone.Text(2)), [Step(1, 2)], null, (version, _) => version.Dispose());
        keeper.Keep(1, TestZone.Build(TestZone.Text(3)), [Step(2, 3)], null, (version, _) => version.Dispose());
        keeper.Keep(1, TestZone.Build(TestZone.Text(4)), [Step(3, 4)], null, (version, _) => version.Dispose());
        _store.Ready.Set();
        await keeper.CloseAsync(s_patience);
        Assert.Equal([(1u, 2u), (2u, 3u), (3u, 4u)], _store.Journal(1, ContentKind.Primary).Select(step => (step.Difference.FromSerial, step.Difference.ToSerial)));
        Assert.Equal(4u, _store.List().Single().Serial);
        Assert.Single(_store.Transactions);
    }

    [Fact]
    public async Task Differences_that_do_not_fit_what_is_kept_have_the_zone_kept_whole()
    {
        await using var keeper = NewKeeper();
        keeper.Keep(1, TestZone.Build(TestZone.Text(8)), [Step(7, 8)], null, (version, _) => version.Dispose());
        await keeper.CloseAsync(s_patience);
        Assert.Equal(8u, _store.List().Single().Serial);
        Assert.Empty(_store.Appended);
    }

    [Fact]
    public async Task Closing_writes_what_is_waiting()
    {
        await using var keeper = NewKeeper();
        for (var zone = 1; zone <= 50; zone++)
        {
            keeper.Keep(zone, TestZone.Build(TestZone.Text((uint)zone)), [], null, (version, _) => version.Dispose());
        }

        keeper.Remove(50);
        keeper.Confirm(1, Fresh);
        await keeper.CloseAsync(s_patience);
        Assert.Equal(49, _store.List().Count);
        Assert.Equal(Fresh, _store.List().Single(content => content.ZoneId == 1).Freshness);
    }

    [Fact]
    public async Task Small_zones_that_come_while_the_disk_is_busy_share_a_transaction()
    {
        await using var keeper = NewKeeper();
        _store.Ready.Reset();
        for (var zone = 1; zone <= 3000; zone++)
        {
            keeper.Keep(zone, TestZone.Build(TestZone.Text(1)), [], null, (version, _) => version.Dispose());
        }

        _store.Ready.Set();
        await keeper.CloseAsync(s_patience);
        Assert.Equal(3000, _store.Transactions.Sum());
        Assert.True(_store.Transactions.Count < 10, $"{_store.Transactions.Count} transactions");
    }

    [Fact]
    public async Task A_confirmation_outlives_the_process()
    {
        await using (var keeper = NewKeeper())
        {
            var kept = new TaskCompletionSource();
            keeper.Keep(1, TestZone.Build(TestZone.Text(5)), [], Fresh, (version, _) => Done(version, kept.SetResult));
            await kept.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromHours(1));
            keeper.Confirm(1, Fresh);
            await keeper.CloseAsync(s_patience);
        }

        Assert.Equal(_time.GetUtcNow(), _store.List().Single().Freshness!.LastSuccess);
    }

    private static Difference Step(uint from, uint to) => ZoneComparison.Between(TestZone.Build(TestZone.Text(from)), TestZone.Build(TestZone.Text(to)))!;

    private static void Done(ZoneContents version, Action kept)
    {
        version.Dispose();
        kept();
    }

    private ContentKeeper NewKeeper() => new(_store, _time, NullLogger.Instance);
}
