using ManagedDns.Model;
using ManagedDns.TestKit;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>What a server has reported, with a way to wait for it.</summary>
internal sealed class Observed : IStatusSink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, ZoneStatus> _zones = [];
    private readonly List<ZoneStatus> _history = [];
    private readonly List<TransferReport> _transfers = [];
    private readonly List<TsigKeyUse> _keyUses = [];
    private readonly Dictionary<long, SigningStatus> _signings = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A report to choke on: what it returns is thrown.</summary>
    public Func<ZoneStatus, Exception?>? Fault { get; set; }

    public IReadOnlyList<TransferReport> Transfers
    {
        get
        {
            lock (_gate)
            {
                return [.. _transfers];
            }
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<TsigKeyUse> KeyUses
    {
        get
        {
            lock (_gate)
            {
                return [.. _keyUses];
            }
        }
    }

    /// <summary>Every status reported, oldest first.</summary>
    public IReadOnlyList<ZoneStatus> History
    {
        get
        {
            lock (_gate)
            {
                return [.. _history];
            }
        }
    }

    public ZoneStatus Of(long zoneId)
    {
        lock (_gate)
        {
            return _zones[zoneId];
        }
    }

    public void Report(ZoneStatus status)
    {
        if (Fault?.Invoke(status) is { } fault)
        {
            throw fault;
        }

        lock (_gate)
        {
            _zones[status.ZoneId] = status;
            _history.Add(status);
            Change();
        }
    }

    public void Report(SigningStatus status)
    {
        lock (_gate)
        {
            _signings[status.ZoneId] = status;
        }
    }

    public SigningStatus? SigningOf(long zoneId)
    {
        lock (_gate)
        {
            return _signings.GetValueOrDefault(zoneId);
        }
    }

    public void Report(TransferReport report)
    {
        lock (_gate)
        {
            _transfers.Add(report);
            Change();
        }
    }

    public void Report(TsigKeyUse use)
    {
        lock (_gate)
        {
            _keyUses.Add(use);
        }
    }

    /// <summary>Waits until the zone's status is as wanted; fails with the last one after a time that only a failure meets.</summary>
    public async Task<ZoneStatus> WaitAsync(long zoneId, Func<ZoneStatus, bool> wanted)
    {
        await WaitAsync(() => _zones.TryGetValue(zoneId, out var status) && wanted(status), () => $"{_zones.GetValueOrDefault(zoneId)}");
        return Of(zoneId);
    }

    public Task<ZoneStatus> WaitAsync(long zoneId, ZoneState state) => WaitAsync(zoneId, status => status.State == state);

    public Task WaitForTransfersAsync(Func<IReadOnlyList<TransferReport>, bool> wanted) => WaitAsync(() => wanted(_transfers), () => $"{_transfers.Count} transfers");

    private async Task WaitAsync(Func<bool> reached, Func<string> instead)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Eventually.Bound);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (reached())
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(bound.Token);
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                {
                    Assert.Fail($"It did not come to that; instead: {instead()}");
                }
            }
        }
    }

    private void Change()
    {
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
