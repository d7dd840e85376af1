using System.Collections.Concurrent;
using ManagedDns.Engine.Refresh;

namespace ManagedDns.Engine.Tests.Refresh;

public class WorkLanesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _running = new();
    private readonly BlockingCollection<string> _started = [];
    private int _mostAtOnce;

    [Fact]
    public async Task A_lane_that_hangs_leaves_room_for_the_others()
    {
        var lanes = new WorkLanes<string, string>(4, 2, RunAsync, NoFault);
        foreach (var item in new[] { "dead-1", "dead-2", "dead-3", "good-1" })
        {
            lanes.Enqueue(item[..4], item, urgent: false);
        }

        Assert.Equal(["dead-1", "dead-2", "good-1"], Started(3));
        await End("good-1", "dead-1");
        Assert.Equal(["dead-3"], Started(1));
        await End("dead-2", "dead-3");
        await lanes.CloseAsync().WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Lanes_take_turns_under_the_common_limit()
    {
        var lanes = new WorkLanes<string, string>(1, 1, RunAsync, NoFault);
        foreach (var item in new[] { "a1", "a2", "a3", "b1", "b2" })
        {
            lanes.Enqueue(item[..1], item, urgent: false);
        }

        var order = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            order.AddRange(Started(1));
            await End(order[^1]);
        }

        Assert.Equal(["a1", "b1", "a2", "b2", "a3"], order);
        Assert.Equal(1, _mostAtOnce);
    }

    [Fact]
    public async Task What_somebody_waits_for_goes_first()
    {
        var lanes = new WorkLanes<string, string>(1, 1, RunAsync, NoFault);
        lanes.Enqueue("lane", "running", urgent: false);
        lanes.Enqueue("lane", "timer", urgent: false);
        lanes.Enqueue("lane", "notify", urgent: true);
        Started(1);
        await End("running");
        Assert.Equal(["notify"], Started(1));
        await End("notify");
        Assert.Equal(["timer"], Started(1));
        await End("timer");
    }

    [Fact]
    public async Task Closing_waits_for_what_runs_and_starts_nothing_more()
    {
        var lanes = new WorkLanes<string, string>(1, 1, RunAsync, NoFault);
        lanes.Enqueue("lane", "running", urgent: false);
        lanes.Enqueue("lane", "waiting", urgent: false);
        Started(1);
        var closing = lanes.CloseAsync();
        Assert.False(closing.IsCompleted);
        await End("running");
        await closing.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Empty(_started);
    }

    [Fact]
    public async Task Work_that_breaks_is_told_of_and_frees_its_place()
    {
        var faults = new BlockingCollection<(string Item, Exception Fault)>();
        var lanes = new WorkLanes<string, string>(
            1, 1, item => item == "broken" ? throw new InvalidOperationException("on purpose") : RunAsync(item), (item, fault) => faults.Add((item, fault)));
        lanes.Enqueue("lane", "broken", urgent: false);
        lanes.Enqueue("lane", "next", urgent: false);
        Assert.True(faults.TryTake(out var told, s_patience));
        Assert.Equal(("broken", "on purpose"), (told.Item, told.Fault.Message));
        Assert.Equal(["next"], Started(1));
        await End("next");
        await lanes.CloseAsync().WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    private static void NoFault(string item, Exception fault) => Assert.Fail($"{item}: {fault}");

    private async Task RunAsync(string item)
    {
        var done = _running[item] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_running)
        {
            _mostAtOnce = Math.Max(_mostAtOnce, _running.Count(pair => !pair.Value.Task.IsCompleted));
        }

        _started.Add(item);
        await done.Task;
    }

    private List<string> Started(int count)
    {
        var items = new List<string>();
        while (items.Count < count)
        {
            Assert.True(_started.TryTake(out var item, s_patience), $"only {string.Join(", ", items)} started");
            items.Add(item);
        }

        items.Sort(StringComparer.Ordinal);
        return items;
    }

    private Task End(params string[] items)
    {
        foreach (var item in items)
        {
            _running[item].SetResult();
        }

        return Task.CompletedTask;
    }
}
