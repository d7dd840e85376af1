namespace ManagedDns.Engine.Refresh;

/// <summary>Something that a <see cref="Schedule{T}"/> can hold: it carries its own place in the queue, so that moving it costs no search.</summary>
internal abstract class Scheduled
{
    internal const int NotQueued = -1;

    internal int QueueIndex { get; set; } = NotQueued;

    /// <summary>As <see cref="TimeProvider.GetTimestamp"/> counts: jumps of the wall clock do not move it.</summary>
    internal long DueAt { get; set; }
}

/// <summary>
/// Many due times behind one timer: a binary heap whose items know where they stand. A hundred thousand idle items cost their memory and nothing
/// else; setting or removing one costs a handful of comparisons.
/// </summary>
internal sealed class Schedule<T> : IDisposable
    where T : Scheduled
{
    // A timer takes at most 49 days; waking up once a day to look is no cost.
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly List<T> _heap = [];
    private readonly TimeProvider _time;
    private readonly Action<T> _due;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    /// <param name="due">Called on a pool thread, outside all locks, once for each item that has become due; the item is then no longer queued.</param>
    public Schedule(TimeProvider time, Action<T> due)
    {
        _time = time;
        _due = due;
        _timer = time.CreateTimer(_ => RunDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _heap.Count;
            }
        }
    }

    /// <summary>Queues the item for <paramref name="dueAt"/> (a timestamp of the time provider), or moves it there.</summary>
    public void Set(T item, long dueAt)
    {
        lock (_gate)
        {
            item.DueAt = dueAt;
            if (item.QueueIndex == Scheduled.NotQueued)
            {
                _heap.Add(item);
                item.QueueIndex = _heap.Count - 1;
            }

            SiftUp(item.QueueIndex);
            SiftDown(item.QueueIndex);
            Arm();
        }
    }

    public void Remove(T item)
    {
        lock (_gate)
        {
            if (item.QueueIndex != Scheduled.NotQueued)
            {
                Take(item);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer.Dispose();
            _heap.ForEach(item => item.QueueIndex = Scheduled.NotQueued);
            _heap.Clear();
        }
    }

    private void RunDue()
    {
        while (TakeDue() is { } item)
        {
            _due(item);
        }
    }

    private T? TakeDue()
    {
        lock (_gate)
        {
            if (_heap.Count > 0 && _heap[0].DueAt <= _time.GetTimestamp())
            {
                var item = _heap[0];
                Take(item);
                return item;
            }

            _armedFor = long.MaxValue;
            Arm();
            return null;
        }
    }

    private void Take(T item)
    {
        var index = item.QueueIndex;
        item.QueueIndex = Scheduled.NotQueued;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (!ReferenceEquals(last, item))
        {
            Place(last, index);
            SiftUp(index);
            SiftDown(last.QueueIndex);
        }
    }

    private void Arm()
    {
        if (_heap.Count == 0 || _heap[0].DueAt >= _armedFor)
        {
            return;
        }

        _armedFor = _heap[0].DueAt;
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), _armedFor);
        wait = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(wait.TotalMilliseconds, 0, s_longestSleep.TotalMilliseconds)));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void SiftUp(int index)
    {
        var item = _heap[index];
        while (index > 0 && _heap[(index - 1) / 2].DueAt > item.DueAt)
        {
            Place(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(item, index);
    }

    private void SiftDown(int index)
    {
        var item = _heap[index];
        while (true)
        {
            var child = (2 * index) + 1;
            if (child + 1 < _heap.Count && _heap[child + 1].DueAt < _heap[child].DueAt)
            {
                child++;
            }

            if (child >= _heap.Count || _heap[child].DueAt >= item.DueAt)
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(item, index);
    }

    private void Place(T item, int index)
    {
        _heap[index] = item;
        item.QueueIndex = index;
    }
}
