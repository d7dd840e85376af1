using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// One look at a zone that is signed here: its keys are taken a step on, what is due is signed and published, and what is waited for is told. The caller sees
/// to it that there is one at a time for a zone.
/// </summary>
internal sealed class SigningRun(
    IKeyStore keys, ZonePublisher publisher, ParentDialogue parents, BootstrapSignals signals, ClockGuard clock, IStatusSink sink, TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromHours(1);

    private readonly ReceivedService _received = new(keys, publisher, sink);

    /// <summary>Told of zones that begin or cease to wait for their first DS, or do so with other keys.</summary>
    public Action<SecondaryZone>? Moved { get; set; }

    /// <summary>Serves what is received from now on. Called within the zone's gate.</summary>
    public void Detach(SecondaryZone zone) => _received.Detach(zone);

    /// <summary>Does what is due now.</summary>
    /// <returns>How long until it is time to look again.</returns>
    /// <exception cref="DnsFailureException">The zone cannot be signed now; the last good version is served.</exception>
    public async Task<TimeSpan> RunAsync(SecondaryZone zone, SigningZone signing, CancellationToken cancellation)
    {
        ZoneContents? received, before;
        HashSet<DomainName>? changed;
        ZoneSigning setting;
        List<(bool IsSecureEntryPoint, bool IsCompromised)> replace;
        bool reloads;
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
            reloads = signing.ReloadsKeys;
            replace = [.. signing.Replace];
        }

        using (received)
        using (before)
        {
            var now = time.GetUtcNow();
            if (!setting.StripsSignatures && SigningFacts.ComesSigned(received))
            {
                _received.ServeAsItComes(zone, signing, before);
                return s_longestSleep;
            }

            var storedKeys = signing.Keys is null || reloads || LostKeys.Are(signing.Keys) ? LostKeys.Load(keys, setting) : signing.Keys;
            var servedKeys = signing.Keys ?? storedKeys;
            signing.Keys = storedKeys;
            if (before is null || changed is null)
            {
                signing.LongestTtl = SigningFacts.LongestTtl(received);
            }

            clock.Require(zone.Name, setting, before, now);
            await LookAtParentAsync(zone, signing, setting, before, now, cancellation).ConfigureAwait(false);
            foreach (var (isSecureEntryPoint, isCompromised) in replace.Where(_ => !setting.Ending))
            {
                signing.Keys = KeyLife.Mark(signing.Keys, isSecureEntryPoint, isCompromised);
            }

            var step = KeyLife.Step(setting, zone.Name, signing.Keys, signing.LongestTtl, signing.Ds, now, (algorithm, role) => NewKey(algorithm, role, now));
            var keysChanged = !step.Keys.Select(SigningMatters).SequenceEqual(servedKeys.Select(SigningMatters));
            if (!step.Keys.SequenceEqual(storedKeys))
            {
                // Kept before anything is signed with them: a crash must not leave signatures whose key is lost.
                signing.Keys = keys.Save(zone.Id, storedKeys, step.Keys);
            }

            lock (zone.Gate)
            {
                // Not before: what could not be done is not forgotten.
                signing.ReloadsKeys &= !reloads;
                signing.Replace.ExceptWith(replace);
            }

            if (step.Keys.IsEmpty)
            {
                _received.End(zone, signing, received, before);
                return s_longestSleep;
            }

            if (LostKeys.Are(step.Keys))
            {
                signing.FirstExpiration ??= before is null ? null : SignatureTimes.EndingBefore(before, now).Earliest;
                signing.Show(LostKeys.Status(zone, step, signing), sink);
                return Wait(Sooner(step.Look, parents.CanAsk(setting) ? signing.NextDsLook : null), now);
            }

            var plan = PlanMaker.Make(setting, signing.Keys, signing.Open);
            var carried = signals.For(zone, received, before, parents.Surroundings);
            changed?.UnionWith(BootstrapSignals.Different(signing.Signals, carried));
            signing.Signals = carried;
            using var source = BootstrapSignals.With(received, carried);
            Sign(zone, signing, setting, plan, source, before, changed, servedSerial, keysChanged, now, cancellation);
            var waited = signing.Status.State == SigningState.WaitingForDs;
            var needsDs = step.NeedsDs || signing.IsAsking;
            signing.Show(new(zone.Id, step.State)
            {
                WaitingFor = step.WaitingFor ?? (signing.IsAsking ? AwaitAll(plan, zone.Name, signing.Ds) : null),
                Until = step.Until,
                FirstExpiration = signing.FirstExpiration,
                LastSigned = signing.Status.LastSigned,
                ParentTold = needsDs ? signing.News.Told : null,
                Failure = needsDs ? signing.Ds?.Failure ?? signing.News.Failure : null,
            }, sink);
            if (waited != (step.State == SigningState.WaitingForDs) || (waited && keysChanged))
            {
                Moved?.Invoke(zone);
            }

            var look = Sooner(step.Look, signing.FirstExpiration - setting.Policy.Refresh);
            return Wait(needsDs && parents.CanAsk(setting) ? Sooner(look, signing.NextDsLook) : look, now);
        }
    }

    private static TimeSpan Wait(DateTimeOffset? look, DateTimeOffset now) =>
        look is { } due && due - now < s_longestSleep ? due - now : s_longestSleep;

    private void Sign(
        SecondaryZone zone, SigningZone signing, ZoneSigning setting, SigningPlan plan, ZoneContents received, ZoneContents? before,
        HashSet<DomainName>? changed, uint? servedSerial, bool keysChanged, DateTimeOffset now, CancellationToken cancellation)
    {
        var policy = setting.Policy;
        var renewBefore = now + policy.Refresh;
        var owners = changed is null || (before is not null && ClockGuard.IsAhead(before, now)) ? null : new ChangedOwners(changed, []);
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

        var started = time.GetTimestamp();
        var serial = PublishedSerial.Next(policy.SerialPolicy, received.Serial, servedSerial, now);
        var version = ZoneSigner.Sign(plan, received, before, owners, serial, now, renewBefore, Environment.ProcessorCount, cancellation);
        var mayBeTheSame = before is not null && !keysChanged && (signing.MadeOf ?? received.Serial) == received.Serial
            && !(policy.SerialPolicy == SerialPolicy.Keep && new Serial(received.Serial).IsNewerThan(before.Serial));
        signing.MadeOf = received.Serial;
        if (mayBeTheSame && SaysTheSame(plan, received, before!, version))
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

            signing.IsAsking |= before is not null && (AsksForOthers(before, signing) || AsksForOthers(version.Contents, signing))
                && !Asks(before).SetEquals(Asks(version.Contents));
            signing.FirstExpiration = earliest;
            signing.ServesReceived = false;
            publisher.PublishMade(zone, version);
            zone.Status = zone.Status with { PublishedSerial = newSerial, RecordCount = records };
            sink.Report(zone.Status);
        }

        signing.Status = signing.Status with { LastSigned = now };
        logger.LogInformation(
            "Zone {Zone}: signed serial {Primary} as {Serial}, {Records} records, {Changed}, {Duration:0.000} s", zone, received.Serial, newSerial, records,
            version.Differences is [var difference] ? $"{difference.Records} of them in the difference" : "whole", time.GetElapsedTime(started).TotalSeconds);
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

    /// <summary>What a version asks the parent for.</summary>
    private static HashSet<string> Asks(ZoneContents version) =>
        version.Find(version.Apex, RecordType.CDS).Select(record => Convert.ToHexString(record.Rdata.Span)).ToHashSet();

    /// <summary>Whether that is the DS of another signer's key too: ours are followed through their lives.</summary>
    private static bool AsksForOthers(ZoneContents version, SigningZone signing) => version.Find(version.Apex, RecordType.CDNSKEY)
        .Select(record => DnsKey.TryRead(record.Rdata.Span)).OfType<DnsKey>().Any(key => key.IsZoneKey && signing.Keys!.All(own => !own.Public.Equals(key)));

    /// <summary>Waits for the DS of all keys, those of other signers among them.</summary>
    private static string AwaitAll(SigningPlan plan, DomainName zone, DsObservation? seen) => DsObservation.Await(
        $"the DS of {string.Join(", ", plan.ParentKeys.Select(key => $"key {key.Tag}"))}, and no other, at every name server of the parent", seen,
        answer => plan.ParentKeys.All(key => answer.Has(zone, key)) && answer.HasOnly(zone, plan.ParentKeys));

    private async Task LookAtParentAsync(
        SecondaryZone zone, SigningZone signing, ZoneSigning setting, ZoneContents? published, DateTimeOffset now, CancellationToken cancellation)
    {
        var waits = setting.Ending || signing.IsAsking
            || signing.Keys!.Any(key => key.State == KeyState.Submitted || (key.State == KeyState.Published && !setting.ForeignKeys.IsEmpty));
        var interval = TimeSpan.FromSeconds(Math.Clamp(setting.Policy.KeyTtl.TotalSeconds / 12, 1, 300));

        // Further away than that, the clock has been put back since.
        if (!waits || !parents.CanAsk(setting) || (now < signing.NextDsLook && signing.NextDsLook <= now + interval))
        {
            return;
        }

        signing.NextDsLook = now + interval;

        // What is published goes on asking for the DS when the keys are lost: nobody is told of that then.
        published = LostKeys.Are(signing.Keys!) ? null : published;
        signing.Ds = await parents.LookAsync(zone.Name, signing, setting, published, cancellation).ConfigureAwait(false);
        signing.IsAsking &= published is null || !signing.Ds.Gives(published);
        if (signing.Ds.Failure is { } failure)
        {
            logger.LogWarning("Zone {Zone}: the DS at the parent is not known. {Failure} {Remedy}", zone, failure, failure.Remedy);
        }
    }

    private static ZoneKey NewKey(DnssecAlgorithm algorithm, KeyRole role, DateTimeOffset now)
    {
        var scheme = SignatureScheme.Get(algorithm);
        var pkcs8 = scheme.Generate();
        var flags = (ushort)(DnsKey.ZoneFlag | (role == KeyRole.Zsk ? 0 : DnsKey.SecureEntryPointFlag));
        return new(0, role, new DnsKey(flags, algorithm, scheme.PublicKeyOf(pkcs8)), pkcs8, KeyState.Published, now, now);
    }

    /// <summary>What of a key the signed zone shows; the rest is our memory.</summary>
    private static (DnsKey, KeyRole, KeyState, bool) SigningMatters(ZoneKey key) => (key.Public, key.Role, key.State, key.SignsZone);

    private static DateTimeOffset? Sooner(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right ?? left : left;
}
