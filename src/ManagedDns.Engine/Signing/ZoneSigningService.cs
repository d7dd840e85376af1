using System.Collections.Concurrent;
using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
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
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromHours(2);

    private readonly ConcurrentDictionary<Task, bool> _runs = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly IKeyStore _keys;
    private readonly ZonePublisher _publisher;
    private readonly ParentWatch _parents;
    private readonly IStatusSink _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Signing a whole zone takes all there is; two at once would only take more memory.
    private readonly SemaphoreSlim _slots = new(2);

    public ZoneSigningService(IKeyStore keys, ZonePublisher publisher, DnsClient client, IStatusSink status, TimeProvider time, ILogger logger)
    {
        Ed25519Scheme.Register();
        _keys = keys;
        _publisher = publisher;
        _parents = new(client, time);
        _status = status;
        _time = time;
        _logger = logger;
        publisher.Received = Received;
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
                Detach(zone);
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
            }
        }

        Wake(zone);
    }

    /// <summary>Leaves the zone alone for good.</summary>
    public static void Forget(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            zone.Signing?.Timer?.Dispose();
        }
    }

    /// <summary>Begins to replace the key that the DS names, or that of the zone.</summary>
    public void Replace(SecondaryZone zone, bool isSecureEntryPoint)
    {
        lock (zone.Gate)
        {
            zone.Signing?.Replace.Add(isSecureEntryPoint);
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
            var run = Task.Run(() => RunAsync(zone, signing));
            _runs.TryAdd(run, true);
            run.ContinueWith(done => _runs.TryRemove(done, out _), TaskScheduler.Default);
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
                wait = await RunOnceAsync(zone, signing).ConfigureAwait(false);
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
                "The version signed before is served meanwhile, and signing is tried again; look into the log.");
            _logger.LogError(e, "Zone {Zone}: {Failure} {Remedy}", zone, failure, failure.Remedy);
            Show(signing, signing.Status with { Failure = failure });
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

    /// <summary>Does what is due now.</summary>
    /// <returns>How long until it is time to look again.</returns>
    private async Task<TimeSpan> RunOnceAsync(SecondaryZone zone, SigningZone signing)
    {
        ZoneContents? received, before;
        HashSet<DomainName>? changed;
        ZoneSigning setting;
        List<bool> replace;
        uint? servedSerial;
        lock (zone.Gate)
        {
            if (zone.Contents is null)
            {
                return s_longestSleep;
            }

            (received, before, changed, setting) = (zone.Contents.Share(), zone.Signed?.Share(), signing.Changed, signing.Setting);
            servedSerial = before?.Serial ?? signing.ServedSerial;
            signing.Changed = [];
            replace = [.. signing.Replace];
            signing.Replace.Clear();
        }

        using (received)
        using (before)
        {
            var now = _time.GetUtcNow();
            if (ComesSigned(received))
            {
                return ServeReceived(zone, signing, before);
            }

            var servedKeys = signing.Keys ??= _keys.Load(zone.Id);
            if (before is null || changed is null)
            {
                signing.LongestTtl = LongestTtl(received);
            }

            RequireClock(zone, before, now);
            var failure = await LookAtParentAsync(zone, signing, setting, now).ConfigureAwait(false);
            foreach (var isSecureEntryPoint in replace)
            {
                signing.Keys = [.. signing.Keys.Select(key => key.State == KeyState.Active && key.IsSecureEntryPoint == isSecureEntryPoint
                    ? key with { IsToBeReplaced = true } : key)];
            }

            var step = KeyLife.Step(setting, zone.Name, signing.Keys, signing.LongestTtl, signing.Ds, now, (algorithm, role) => NewKey(algorithm, role, now));
            var keysChanged = !step.Keys.SequenceEqual(servedKeys);
            if (keysChanged)
            {
                // Kept before anything is signed with them: a crash must not leave signatures whose key is lost.
                signing.Keys = _keys.Save(zone.Id, step.Keys);
            }

            if (step.Keys.IsEmpty)
            {
                return End(zone, signing, received, before);
            }

            var plan = PlanMaker.Make(setting, signing.Keys, signing.Open);
            Sign(zone, signing, setting, plan, received, before, changed, servedSerial, keysChanged, now);
            Show(signing, new(zone.Id, step.State)
            {
                WaitingFor = step.WaitingFor,
                Until = step.Until,
                FirstExpiration = signing.FirstExpiration,
                LastSigned = signing.Status.LastSigned,
                Failure = failure,
            });
            var look = Sooner(step.Look, signing.FirstExpiration - setting.Policy.Refresh);
            look = step.NeedsDs && setting.ParentServers.Length > 0 ? Sooner(look, signing.NextDsLook) : look;
            var wait = look is { } time ? time - now : s_longestSleep;
            return wait < s_longestSleep ? wait : s_longestSleep;
        }
    }

    private void Sign(
        SecondaryZone zone, SigningZone signing, ZoneSigning setting, SigningPlan plan, ZoneContents received, ZoneContents? before,
        HashSet<DomainName>? changed, uint? servedSerial, bool keysChanged, DateTimeOffset now)
    {
        var policy = setting.Policy;
        var renewBefore = now + policy.Refresh;
        var owners = changed is null ? null : new ChangedOwners(changed, []);
        var isRenewal = before is not null && (signing.FirstExpiration is not { } first || first <= renewBefore);
        if (isRenewal)
        {
            // What is due within a part of the jitter is renewed together: the rest of the zone follows in its own time.
            renewBefore += policy.Jitter / 16;
            var times = SignatureTimes.EndingBefore(before!, renewBefore);
            owners = owners is null ? null : new([.. owners.Names, .. times.Due.Names], times.Due.Nsec3Owners);
            isRenewal = times.Due.Names.Count + times.Due.Nsec3Owners.Count > 0;
            signing.FirstExpiration = times.Earliest;
        }

        if (before is not null && owners is { Names.Count: 0, Nsec3Owners.Count: 0 } && !isRenewal && !keysChanged)
        {
            return;
        }

        var started = _time.GetTimestamp();
        var serial = PublishedSerial.Next(policy.SerialPolicy, received.Serial, servedSerial, now);
        var version = ZoneSigner.Sign(plan, received, before, owners, serial, now, renewBefore, Environment.ProcessorCount, _stopping.Token);
        if (before is not null && !keysChanged && SaysTheSame(plan, received, before, version))
        {
            version.Dispose();
            return;
        }

        var earliest = isRenewal || owners is null || before is null
            ? SignatureTimes.EndingBefore(version.Contents, now).Earliest
            : Sooner(signing.FirstExpiration, now + policy.Validity - policy.Jitter);
        var (records, newSerial) = (version.Contents.RecordCount, version.Contents.Serial);
        lock (zone.Gate)
        {
            if (zone.IsRemoved || zone.Signing != signing)
            {
                version.Dispose();
                return;
            }

            signing.FirstExpiration = earliest;
            signing.ServesReceived = false;
            _publisher.PublishMade(zone, version);
            zone.Status = zone.Status with { PublishedSerial = newSerial, RecordCount = records };
            _status.Report(zone.Status);
        }

        signing.Status = signing.Status with { LastSigned = now };
        _logger.LogInformation(
            "Zone {Zone}: signed serial {Primary} as {Serial}, {Records} records, {Changed}, {Duration:0.000} s", zone, received.Serial, newSerial, records,
            version.Differences is [var difference] ? $"{difference.Records} of them in the difference" : "whole", _time.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Whether signing anew after a start has found nothing but a serial to change.</summary>
    private static bool SaysTheSame(SigningPlan plan, ZoneContents received, ZoneContents before, NewVersion version)
    {
        // The SOA and its signature go and come; so does what digests the SOA.
        var always = plan.ZoneDigest is null ? 4 : 8;
        return version.Differences is [var difference] && difference.Records == always
            && WithoutSerial(received).SequenceEqual(WithoutSerial(before));

        static byte[] WithoutSerial(ZoneContents zone)
        {
            var rdata = zone.Find(zone.Apex, RecordType.SOA)[0].Rdata.ToArray();
            rdata.AsSpan(rdata.Length - SoaTimers.Size, sizeof(uint)).Clear();
            return rdata;
        }
    }

    /// <summary>Signing has come to its end: what was received is served again, once its serial is newer than what secondaries have.</summary>
    private TimeSpan End(SecondaryZone zone, SigningZone signing, ZoneContents received, ZoneContents? before)
    {
        lock (zone.Gate)
        {
            if (before is null || new Serial(received.Serial).IsNewerThan(before.Serial))
            {
                Show(signing, new(zone.Id, SigningState.Unsigned));
                Detach(zone);
            }
            else
            {
                var version = Unsigned(received, before);
                if (version.Differences is [{ Records: 2 }] && !ComesSigned(before))
                {
                    // It is served so already.
                    version.Dispose();
                    return s_longestSleep;
                }

                _publisher.PublishMade(zone, version);
                zone.Status = zone.Status with { PublishedSerial = zone.Signed!.Serial, RecordCount = zone.Signed.RecordCount };
                _status.Report(zone.Status);
                Show(signing, new(zone.Id, SigningState.Disabling)
                {
                    WaitingFor = $"the primary's serial ({received.Serial}) to be newer than the one published ({zone.Signed.Serial})",
                });
                return s_longestSleep;
            }
        }

        _keys.Finish(zone.Id);
        return s_longestSleep;
    }

    private static NewVersion Unsigned(ZoneContents received, ZoneContents before)
    {
        using var update = new ZoneUpdate(received);
        var soa = received.Find(received.Apex, RecordType.SOA)[0];
        var rdata = soa.Rdata.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(rdata.AsSpan(rdata.Length - SoaTimers.Size), unchecked(before.Serial + 1));
        update.Delete(soa.AsWire());
        update.Add((soa with { Rdata = rdata }).AsWire());
        var version = update.Build();
        return new(version, ZoneComparison.Between(before, version) is { } difference ? [difference] : []);
    }

    private void Detach(SecondaryZone zone)
    {
        var signing = zone.Signing!;
        zone.Signing = null;
        signing.Timer?.Dispose();
        if (!signing.IsRunning)
        {
            signing.Dispose();
        }

        _publisher.PublishReceived(zone);
        if (zone.Contents is not null)
        {
            zone.Status = zone.Status with { PublishedSerial = zone.Contents.Serial, RecordCount = zone.Contents.RecordCount };
            _status.Report(zone.Status);
        }
    }

    /// <summary>A zone that arrives signed is not signed again. Where it was signed here before, that version stays: its DS names our keys.</summary>
    private TimeSpan ServeReceived(SecondaryZone zone, SigningZone signing, ZoneContents? before)
    {
        var failure = new Failure(
            FailureReason.AlreadySigned, null, $"{zone} comes signed from its primary and is not signed again.",
            before is null
                ? $"It is served as it comes: Disable-ZoneSigning -Name {zone} says so; or send it unsigned from the primary to have it signed here."
                : "The version signed here before is served: send the zone unsigned from the primary.");
        lock (zone.Gate)
        {
            signing.ServesReceived = before is null;
            if (signing.ServesReceived && !zone.IsExpired)
            {
                _publisher.Serve(zone, zone.IsRefreshed ? zone.Status.ExpiresAt : null);
            }
        }

        Show(signing, new(zone.Id, SigningState.AlreadySigned) { Failure = failure });
        return s_longestSleep;
    }

    private static unsafe bool ComesSigned(ZoneContents received)
    {
        var apex = received.Version.Header->ApexCell;
        return NameCell.Signatures(apex, NameCell.Find(apex, RecordType.SOA)) != null;
    }

    /// <summary>A clock that is far off would make signatures that nobody believes.</summary>
    private static void RequireClock(SecondaryZone zone, ZoneContents? before, DateTimeOffset now)
    {
        if (before is not null && InceptionOf(before) is { } inception && Rrsig.Time(inception, now) - now > s_clockTolerance)
        {
            throw new DnsFailureException(new(
                FailureReason.ClockOff, null, $"{zone} was signed at {Rrsig.Time(inception, now):u}, and this machine's clock says {now:u}.",
                "Set the clock of this machine; until then the version signed before is served and nothing is signed."));
        }
    }

    private static unsafe uint? InceptionOf(ZoneContents zone)
    {
        var apex = zone.Version.Header->ApexCell;
        var signatures = NameCell.Signatures(apex, NameCell.Find(apex, RecordType.SOA));
        return signatures != null && Rrsig.TryRead(SetWriter.Rdata(signatures->Records), out var signature) ? signature.Inception : null;
    }

    private async Task<Failure?> LookAtParentAsync(SecondaryZone zone, SigningZone signing, ZoneSigning setting, DateTimeOffset now)
    {
        var waits = setting.Ending || signing.Keys!.Any(key => key is { State: KeyState.Submitted, DsSince: null });
        if (!waits || setting.ParentServers.IsEmpty || now < signing.NextDsLook)
        {
            return signing.Status.Failure is { Reason: FailureReason.SigningFailed or FailureReason.ClockOff } ? null : signing.Status.Failure;
        }

        signing.NextDsLook = now + TimeSpan.FromSeconds(Math.Clamp(setting.Policy.KeyTtl.TotalSeconds / 12, 5, 300));
        try
        {
            signing.Ds = await _parents.LookAsync(zone.Name, setting.ParentServers, _stopping.Token).ConfigureAwait(false);
            return null;
        }
        catch (DnsFailureException e)
        {
            _logger.LogWarning("Zone {Zone}: the DS at the parent is not known. {Failure} {Remedy}", zone, e.Failure, e.Failure.Remedy);
            return e.Failure;
        }
    }

    private static ZoneKey NewKey(DnssecAlgorithm algorithm, KeyRole role, DateTimeOffset now)
    {
        var scheme = SignatureScheme.Get(algorithm);
        var pkcs8 = scheme.Generate();
        var flags = (ushort)(DnsKey.ZoneFlag | (role == KeyRole.Zsk ? 0 : DnsKey.SecureEntryPointFlag));
        return new(0, role, new DnsKey(flags, algorithm, scheme.PublicKeyOf(pkcs8)), pkcs8, KeyState.Published, now, now);
    }

    private static TimeSpan LongestTtl(ZoneContents zone)
    {
        var longest = 0u;
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            longest = Math.Max(longest, walk.Current.Ttl);
        }

        return TimeSpan.FromSeconds(longest);
    }

    private static DateTimeOffset? Sooner(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right ?? left : left;

    private void Show(SigningZone signing, SigningStatus status)
    {
        signing.Status = status;
        _status.Report(status);
    }
}
