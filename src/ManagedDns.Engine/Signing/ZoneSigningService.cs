using System.Collections.Concurrent;
using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Keeps zones signed: runs when a version was received, a key's time has come, signatures are due or the settings changed. One run a zone at a time, aside;
/// what comes meanwhile makes it run again. When a run fails, the last good version is served and it is tried again.
/// </summary>
internal sealed class ZoneSigningService : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Task, bool> _runs = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ParentDialogue _parents;
    private readonly BootstrapSignals _signals;
    private readonly SigningRun _run;
    private readonly ZonePublisher _publisher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Signing a whole zone takes all there is; two at once would only take more memory.
    private readonly SemaphoreSlim _slots = new(2);

    public ZoneSigningService(
        IKeyStore keys, ZonePublisher publisher, DnsClient client, ZoneRegister zones, ClockGuard clock, IStatusSink status, TimeProvider time,
        ILogger logger)
    {
        Ed25519Scheme.Register();
        _parents = new(client, time, logger);
        _signals = new(zones);
        _run = new(keys, publisher, _parents, _signals, clock, status, time, logger) { Moved = WakeCarriers };
        _publisher = publisher;
        _time = time;
        _logger = logger;
        publisher.Received = Received;
    }

    /// <summary>What is known of the world around the zones.</summary>
    public void Apply(Surroundings surroundings)
    {
        var before = _parents.Surroundings;
        _parents.Surroundings = surroundings;
        if (!before.Settings.NameServers.Select(server => server.HostName).SequenceEqual(surroundings.Settings.NameServers.Select(server => server.HostName)))
        {
            foreach (var zone in _signals.Carriers(before).Concat(_signals.Carriers(surroundings)))
            {
                WakeSoon(zone);
            }
        }
    }

    /// <summary>Notes at the start, before the zone's contents are read, that it is signed here; null: it is not.</summary>
    public void Attach(SecondaryZone zone, ZoneSigning? setting)
    {
        if (setting is not null)
        {
            var signing = zone.Signing = new(setting);
            signing.Timer = _time.CreateTimer(_ => Wake(zone), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Applies changed settings.</summary>
    public void Apply(SecondaryZone zone, ZoneSigning? setting)
    {
        lock (zone.Gate)
        {
            if (Equals(zone.Signing?.Setting, setting))
            {
                return;
            }

            if (setting is null)
            {
                _run.Detach(zone);
            }
            else if (zone.Signing is null)
            {
                Attach(zone, setting);
                zone.Signing!.ServedSerial = zone.Contents?.Serial;
            }
            else
            {
                zone.Signing.Setting = setting;
                zone.Signing.Changed = null;

                // Whoever ends signing at once has taken them away.
                zone.Signing.ReloadsKeys = true;
            }
        }

        Wake(zone);
    }

    /// <summary>Leaves the zone alone for good.</summary>
    public void Forget(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            if (zone.Signing is null)
            {
                return;
            }

            zone.Signing.Timer?.Dispose();
        }

        WakeCarriers(zone);
    }

    /// <summary>Begins to replace the key that the DS names, or that of the zone.</summary>
    public void Replace(SecondaryZone zone, bool isSecureEntryPoint, bool isCompromised)
    {
        lock (zone.Gate)
        {
            zone.Signing?.Replace.Add((isSecureEntryPoint, isCompromised));
        }

        Wake(zone);
    }

    /// <summary>Has the zone's keys read again.</summary>
    public void ReloadKeys(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            if (zone.Signing is not null)
            {
                zone.Signing.ReloadsKeys = true;
            }
        }

        Wake(zone);
    }

    /// <summary>Has the zone looked at as soon as possible; does nothing for one that is not signed here.</summary>
    public void Wake(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            if (zone.Signing is not { } signing || zone.IsRemoved || _stopping.IsCancellationRequested)
            {
                return;
            }

            if (signing.IsRunning)
            {
                signing.RunAgain = true;
                return;
            }

            signing.IsRunning = true;
            signing.WakesSoon = false;
            var run = Task.Run(() => RunAsync(zone, signing));
            _runs.TryAdd(run, true);
            run.ContinueWith(done => _runs.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    /// <summary>Has the zones looked at that carry signals of this one.</summary>
    private void WakeCarriers(SecondaryZone zone)
    {
        foreach (var carrier in _signals.Carriers(_parents.Surroundings).Where(carrier => carrier != zone))
        {
            WakeSoon(carrier);
        }
    }

    /// <summary>Has a zone looked at in a moment: many others may want it at once.</summary>
    private void WakeSoon(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            if (zone.Signing is not { WakesSoon: false } signing || zone.IsRemoved || _stopping.IsCancellationRequested)
            {
                return;
            }

            if (signing.IsRunning)
            {
                signing.RunAgain = true;
            }
            else
            {
                signing.WakesSoon = true;
                signing.Timer!.Change(s_soon, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public async Task CloseAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_runs.Keys).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Tells the log what keeps a zone from being signed: when it begins, and again whenever half of the time is over that its signatures have left.</summary>
    private void Alarm(SecondaryZone zone, SigningZone signing, Failure failure, Exception e)
    {
        ZoneContents? served;
        lock (zone.Gate)
        {
            served = zone.Signed?.Share();
        }

        var now = _time.GetUtcNow();
        using (served)
        {
            signing.FirstExpiration ??= served is null ? null : SignatureTimes.EndingBefore(served, now).Earliest;
        }

        if (failure.Reason == signing.Status.Failure?.Reason && now < signing.NextAlarm)
        {
            return;
        }

        signing.NextAlarm = signing.FirstExpiration is { } end && end > now ? now + ((end - now) / 2) : now + TimeSpan.FromHours(1);
        var left = signing.FirstExpiration is { } first ? $"What was signed before is good until {first:u}." : "Nothing is signed yet.";
        _logger.LogError(e, "Zone {Zone}: {Failure} {Remedy} {Left}", zone, failure, failure.Remedy, left);
    }

    private void Received(SecondaryZone zone, ImmutableArray<Difference> steps)
    {
        var signing = zone.Signing!;
        if (steps.IsEmpty)
        {
            signing.Changed = null;
        }
        else
        {
            signing.Changed?.UnionWith(OwnersOf(steps));
        }

        Wake(zone);
    }

    private static HashSet<DomainName> OwnersOf(ImmutableArray<Difference> steps)
    {
        var owners = new HashSet<DomainName>();
        var scratch = new byte[MessageReader.ScratchLength];
        foreach (var chunk in steps.SelectMany(step => step.Chunks))
        {
            var reader = new MessageReader(chunk, scratch);
            while (reader.TryReadRecord(out var record))
            {
                owners.Add(DomainName.FromWire(record.Owner));
            }
        }

        return owners;
    }

    private async Task RunAsync(SecondaryZone zone, SigningZone signing)
    {
        var wait = s_retry;
        try
        {
            await _slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
            try
            {
                wait = await _run.RunAsync(zone, signing, _stopping.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // Whatever it is: the last good version is served, and what was to be done is not forgotten.
            var failure = e is DnsFailureException dns ? dns.Failure : new Failure(
                FailureReason.SigningFailed, null, $"{zone} could not be signed: {e.Message}",
                "What was published before is served meanwhile, and signing is tried again; look into the log.");
            Alarm(zone, signing, failure, e);
            var state = signing.Status.State != SigningState.Unsigned ? signing.Status.State
                : zone.Signed is null ? SigningState.Enabling : SigningState.Signed;
            signing.Show(signing.Status with { State = state, Failure = failure, FirstExpiration = signing.FirstExpiration }, zone, _publisher);
            lock (zone.Gate)
            {
                signing.Changed = null;
            }
        }

        lock (zone.Gate)
        {
            signing.IsRunning = false;
            if (zone.Signing != signing || zone.IsRemoved)
            {
                signing.Dispose();
            }
            else if (signing.RunAgain)
            {
                signing.RunAgain = false;
                Wake(zone);
            }
            else if (!_stopping.IsCancellationRequested)
            {
                signing.Timer!.Change(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
