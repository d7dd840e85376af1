using CsCheck;
using ManagedDns.Engine.Refresh;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Refresh;

public class ScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _due = [];

    [Fact]
    public void Items_become_due_in_the_order_of_their_times_and_once()
    {
        using var schedule = new Schedule<Item>(_time, item => _due.Add(item.Name));
        schedule.Set(new("late"), At(30));
        schedule.Set(new("early"), At(10));
        schedule.Set(new("middle"), At(20));

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(_due);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["early"], _due);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(["early", "middle", "late"], _due);
        Assert.Equal(0, schedule.Count);
    }

    [Fact]
    public void An_item_that_is_set_again_moves()
    {
        using var schedule = new Schedule<Item>(_time, item => _due.Add(item.Name));
        var item = new Item("zone");
        schedule.Set(item, At(10));
        schedule.Set(item, At(100));
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Empty(_due);
        schedule.Set(item, At(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["zone"], _due);
    }

    [Fact]
    public void A_removed_item_never_becomes_due()
    {
        using var schedule = new Schedule<Item>(_time, item => _due.Add(item.Name));
        var item = new Item("zone");
        schedule.Set(item, At(10));
        schedule.Remove(item);
        schedule.Remove(item);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_due);
    }

    [Fact]
    public void A_time_beyond_the_longest_sleep_is_kept_exactly()
    {
        using var schedule = new Schedule<Item>(_time, item => _due.Add(item.Name));
        schedule.Set(new("zone"), At(TimeSpan.FromDays(60).TotalSeconds));
        _time.Advance(TimeSpan.FromDays(60) - TimeSpan.FromSeconds(1));
        Assert.Empty(_due);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["zone"], _due);
    }

    [Fact]
    public void An_item_may_set_itself_again_when_it_is_due()
    {
        Schedule<Item>? schedule = null;
        schedule = new(_time, item =>
        {
            _due.Add(item.Name);
            schedule!.Set(item, At(10));
        });
        using (schedule)
        {
            schedule.Set(new("zone"), At(10));
            for (var i = 0; i < 3; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(10));
            }

            Assert.Equal(["zone", "zone", "zone"], _due);
        }
    }

    [Fact]
    public void Whatever_is_set_moved_and_removed_what_is_left_becomes_due_in_order() =>
        Gen.Select(Gen.Int[0, 19], Gen.Int[-20, 100]).List[0, 200].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var due = new List<(string Name, long At)>();
            using var schedule = new Schedule<Item>(time, item => due.Add((item.Name, item.DueAt)));
            var items = Enumerable.Range(0, 20).Select(i => new Item($"{i}")).ToArray();
            var model = new Dictionary<string, long>();
            foreach (var (index, seconds) in steps)
            {
                if (seconds < 0)
                {
                    schedule.Remove(items[index]);
                    model.Remove(items[index].Name);
                }
                else
                {
                    schedule.Set(items[index], time.After(TimeSpan.FromSeconds(seconds + 1)));
                    model[items[index].Name] = time.After(TimeSpan.FromSeconds(seconds + 1));
                }
            }

            Assert.Equal(model.Count, schedule.Count);
            time.Advance(TimeSpan.FromSeconds(200));
            Assert.Equal(due.OrderBy(entry => entry.At).Select(entry => entry.At), due.Select(entry => entry.At));
            Assert.Equal(model.OrderBy(entry => entry.Key).Select(entry => entry.Value), due.OrderBy(entry => entry.Name).Select(entry => entry.At));
        });

    private long At(double seconds) => _time.After(TimeSpan.FromSeconds(seconds));

    private sealed class Item(string name) : Scheduled
    {
        public string Name { get; } = name;
    }
}
