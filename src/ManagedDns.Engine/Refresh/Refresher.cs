using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Updates;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Says when a transferred zone's primaries are asked: by the zone's timers, a NOTIFY, a request or a change of settings. One cycle runs per zone at
/// most; what comes meanwhile makes it run again.
/// </summary>
internal sealed class Refresher : IDisposable
{
    private const int CyclesInFlight = 128;
    private const int CyclesPerPrimary = 64;

    /// <summary>Unsigned NOTIFYs that are followed at once although none of them led to a new version.</summary>
    private const int FreeHints = 3;

    private readonly WorkLanes<IPEndPoint, SecondaryZone> _lanes;
    private readonly Schedule<SecondaryZone> _schedule;
    private readonly ZoneLife _life;
    private readonly RefreshCycle _cycle;
    private readonly PrimaryBackoff _backoff;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    public Refresher(ZoneLife life, RefreshCycle cycle, PrimaryBackoff backoff, TimeProvider time, ILogger logger)
    {
        _life = life;
        _cycle = cycle;
        _backoff = backoff;
        _time = time;
        _logger = logger;
        _schedule = new(time, Due);
        _lanes = new(CyclesInFlight, CyclesPerPrimary, RunAsync, Broke);
    }

    /// <summary>Has the zone's primaries asked as soon as there is room; does nothing for a zone that is not transferred.</summary>
    public void Wake(SecondaryZone zone, Wish wish)
    {
        lock (zone.Gate)
        {
            if (zone.IsRefreshed)
            {
                zone.Wish |= wish;
                zone.Again = zone.Activity == Activity.Running;
                Queue(zone);
                Reschedule(zone);
            }
        }
    }

    /// <summary>Applies changed settings of the zone; a change that concerns no primary starts nothing.</summary>
    public void Change(SecondaryZone zone, ManagedZone setting, CommonPlan plan)
    {
        lock (zone.Gate)
        {
            var was = zone.IsRefreshed;
            var wasFromFile = zone.IsFromFile;
            var samePrimaries = zone.Plan.SamePrimaries(plan);
            zone.Setting = setting;
            zone.Plan = plan;
            if ((was && !zone.IsRefreshed) || (wasFromFile && !zone.IsFromFile && !zone.IsRefreshed))
            {
                zone.Cycle?.Cancel();
                _life.Rest(zone);
                Reschedule(zone);
            }
            else if (!was && zone.IsRefreshed)
            {
                _life.Enable(zone);
                Wake(zone, Wish.Now);
            }
            else if (zone.IsRefreshed && !samePrimaries)
            {
                zone.Failures = 0;
                if (zone.Cycle is { } cycle)
                {
                    cycle.Cancel();
                    _life.Interrupt(zone);
                }

                Wake(zone, Wish.Now);
            }
        }
    }

    /// <summary>Publishes a version that came otherwise than by a cycle.</summary>
    public void Take(SecondaryZone zone, NewVersion version)
    {
        lock (zone.Gate)
        {
            if (!zone.IsRefreshed)
            {
                version.Dispose();
                return;
            }

            _life.Succeed(zone, version, zone.Status.Primary);
            Reschedule(zone);
        }
    }

    /// <summary>Leaves the zone alone for good.</summary>
    public void Forget(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            zone.IsRemoved = true;
            zone.Cycle?.Cancel();
            _schedule.Remove(zone);
        }
    }

    /// <summary>
    /// Takes up a NOTIFY that was accepted. It is a hint: one that tells nothing new starts nothing. Unsigned ones may be forged: where they lead to
    /// nothing new, the next are followed later and later, up to a minute.
    /// </summary>
    /// <param name="key">The key that signed it; null for an unsigned one.</param>
    public void Notified(SecondaryZone zone, uint? serial, IPAddress from, DomainName? key)
    {
        lock (zone.Gate)
        {
            _life.Notified(zone, from, key);
            var isKnown = zone.Status.State == ZoneState.UpToDate && serial is not null && serial == zone.Contents?.Serial;
            if (!zone.IsRefreshed || isKnown)
            {
                return;
            }

            if (key is null && !TryFollow(zone))
            {
                zone.HintAt = zone.QuietUntil;
                if (zone.Activity == Activity.Idle)
                {
                    zone.RefreshAt = Math.Min(zone.RefreshAt, zone.HintAt);
                    Reschedule(zone);
                }

                return;
            }

            foreach (var primary in zone.Plan.Primaries)
            {
                if (primary.Remote.EndPoint.Address.IsSameAs(from))
                {
                    _backoff.Answered(primary.Remote.EndPoint);
                    zone.NotifiedBy = from;
                }
            }

            if (serial is { } told && (zone.NotifiedSerial is not { } known || new Serial(told).IsNewerThan(known)))
            {
                zone.NotifiedSerial = told;
            }

            zone.Repolls = 0;
            zone.HintAt = Clock.Never;
            zone.Wish |= Wish.Now;
            zone.Again |= zone.Activity == Activity.Running && serial is null;
            Queue(zone);
            Reschedule(zone);
        }
    }

    /// <summary>Starts no further cycle and ends those that run.</summary>
    public Task CloseAsync()
    {
        _schedule.Dispose();
        _stopping.Cancel();
        return _lanes.CloseAsync();
    }

    public void Dispose()
    {
        _schedule.Dispose();
        _stopping.Dispose();
    }

    private bool TryFollow(SecondaryZone zone)
    {
        if (!_time.HasPassed(zone.QuietUntil))
        {
            return false;
        }

        var hints = zone.UnsignedHints++;
        zone.QuietUntil = hints < FreeHints ? 0 : _time.After(TimeSpan.FromSeconds(Math.Min(Math.Pow(2, hints - FreeHints), 60)));
        return true;
    }

    private void Due(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            if (zone.IsRemoved)
            {
                return;
            }

            if (_time.HasPassed(zone.ExpiresAt))
            {
                _life.Expire(zone);
            }

            if (_time.HasPassed(zone.WarnAt))
            {
                _life.WarnOfExpiry(zone);
            }

            if (_time.HasPassed(zone.RefreshAt))
            {
                Queue(zone);
            }

            Reschedule(zone);
        }
    }

    private void Queue(SecondaryZone zone)
    {
        if (zone.Activity == Activity.Running)
        {
            return;
        }

        zone.RefreshAt = Clock.Never;
        if (zone.Plan.Primaries.IsEmpty)
        {
            zone.Activity = Activity.Idle;
            _life.Fail(zone, RefreshFailures.NoPrimary(zone), TimeSpan.Zero);
            return;
        }

        // An urgent wish may queue a zone a second time: the entry that comes first takes it, the other finds nothing to do.
        var urgent = zone.Wish.HasFlag(Wish.Now);
        if (zone.Activity == Activity.Idle || urgent)
        {
            zone.Activity = Activity.Queued;

            // A zone's lane is its first primary: what that one is slow at holds up no zone of another.
            _lanes.Enqueue(zone.Plan.Primaries[0].Remote.EndPoint, zone, urgent);
        }
    }

    private async Task RunAsync(SecondaryZone zone)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (TryStart(zone, ending) is not { } order)
        {
            return;
        }

        using (order)
        {
            var result = await _cycle.RunAsync(
                order, (state, primary, transfer) => Progress(zone, state, primary, transfer, ending.Token), ending.Token).ConfigureAwait(false);
            lock (zone.Gate)
            {
                zone.Activity = Activity.Idle;
                zone.Cycle = null;
                End(zone, order, result, ending.IsCancellationRequested);
                Reschedule(zone);
            }
        }
    }

    /// <summary>A cycle ended with a defect of ours. A zone that is asked about never again would expire.</summary>
    private void Broke(SecondaryZone zone, Exception defect)
    {
        lock (zone.Gate)
        {
            zone.Activity = Activity.Idle;
            zone.Cycle = null;
            _life.Broke(zone);
            Reschedule(zone);
        }

        _logger.LogError(defect, "Zone {Zone}: its refresh met a defect. It is tried again; please report it.", zone);
    }

    private static CycleOrder? TryStart(SecondaryZone zone, CancellationTokenSource ending)
    {
        lock (zone.Gate)
        {
            if (zone.Activity != Activity.Queued)
            {
                return null;
            }

            if (!zone.IsRefreshed || zone.Plan.Primaries.IsEmpty)
            {
                zone.Activity = Activity.Idle;
                return null;
            }

            zone.Activity = Activity.Running;
            zone.Again = false;
            zone.HintAt = Clock.Never;
            zone.Cycle = ending;
            var wish = zone.Wish;
            zone.Wish = Wish.None;
            return new(
                zone.Id, zone.Name, zone.Plan.Primaries, zone.Contents?.Share(), wish, zone.NotifiedBy, zone.NotifiedSerial,
                zone.Plan.Checks, zone.Plan.Limits);
        }
    }

    private void End(SecondaryZone zone, CycleOrder order, CycleResult result, bool canceled)
    {
        if (zone.IsRefreshed && (canceled || result.Failure is not null))
        {
            zone.Wish |= order.Wish;
        }

        if (canceled)
        {
            // Somebody changed what the cycle was about; its result is nobody's.
            result.Version?.Dispose();
            if (zone.IsRefreshed && !_stopping.IsCancellationRequested)
            {
                Queue(zone);
            }

            return;
        }

        if (result.Failure is { } failure)
        {
            _life.Fail(zone, failure, result.NotBefore);
        }
        else
        {
            _life.Succeed(zone, result.Version, result.Primary, result.ExpiresIn);
        }

        if (zone.Again)
        {
            zone.Wish |= Wish.Now;
            Queue(zone);
        }
    }

    private void Progress(SecondaryZone zone, ZoneState state, IPEndPoint primary, TransferSoFar? transfer, CancellationToken ending)
    {
        lock (zone.Gate)
        {
            if (!ending.IsCancellationRequested)
            {
                _life.Progress(zone, state, primary, transfer);
            }
        }
    }

    private void Reschedule(SecondaryZone zone)
    {
        var due = Math.Min(zone.RefreshAt, Math.Min(zone.ExpiresAt, zone.WarnAt));
        if (due == Clock.Never || zone.IsRemoved)
        {
            _schedule.Remove(zone);
        }
        else
        {
            _schedule.Set(zone, due);
        }
    }
}
