namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Runs work with a limit on how much is in flight, in all and per lane. A lane is what one other server is asked: a slow or dead one fills its own
/// lane and leaves the rest to others. Lanes take turns; within one, what somebody waits for goes before what a timer started.
/// </summary>
/// <param name="faulted">Told of work that ended with an exception; its place is free again all the same.</param>
internal sealed class WorkLanes<TLane, T>(int limit, int laneLimit, Func<T, Task> run, Action<T, Exception> faulted)
    where TLane : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TLane, Lane> _lanes = [];
    private readonly Queue<Lane> _turns = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _closed;

    /// <summary>Queues an item. The caller sees to it that it is queued once.</summary>
    public void Enqueue(TLane key, T item, bool urgent)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (!_lanes.TryGetValue(key, out var lane))
            {
                _lanes[key] = lane = new(key);
            }

            (urgent ? lane.Urgent : lane.Regular).Enqueue(item);
            Offer(lane);
            Start();
        }
    }

    /// <summary>Starts nothing more; the task ends when what is in flight has ended.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _lanes.Clear();
            _turns.Clear();
            if (_running == 0)
            {
                _drained.TrySetResult();
            }

            return _drained.Task;
        }
    }

    private void Start()
    {
        while (_running < limit && _turns.TryDequeue(out var lane))
        {
            lane.InTurn = false;
            var item = lane.Urgent.TryDequeue(out var first) ? first : lane.Regular.Dequeue();
            lane.Running++;
            _running++;
            _ = Task.Run(() => RunAsync(lane, item));
            Offer(lane);
        }
    }

    private async Task RunAsync(Lane lane, T item)
    {
        try
        {
            await run(item).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            faulted(item, e);
        }
        finally
        {
            lock (_gate)
            {
                lane.Running--;
                _running--;
                if (_closed)
                {
                    if (_running == 0)
                    {
                        _drained.TrySetResult();
                    }
                }
                else
                {
                    Offer(lane);
                    Start();
                    if (lane is { Running: 0, InTurn: false })
                    {
                        _lanes.Remove(lane.Key);
                    }
                }
            }
        }
    }

    private void Offer(Lane lane)
    {
        if (!lane.InTurn && lane.Running < laneLimit && lane.Urgent.Count + lane.Regular.Count > 0)
        {
            lane.InTurn = true;
            _turns.Enqueue(lane);
        }
    }

    private sealed class Lane(TLane key)
    {
        public TLane Key { get; } = key;

        public Queue<T> Urgent { get; } = new();

        public Queue<T> Regular { get; } = new();

        public int Running { get; set; }

        public bool InTurn { get; set; }
    }
}
