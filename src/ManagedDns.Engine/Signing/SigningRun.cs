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
    private readonly VersionSigner _signer = new(publisher, sink, time, logger);

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
            await parents.LookIfDueAsync(zone.Name, signing, setting, before, now, cancellation).ConfigureAwait(false);
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
                signing.Show(LostKeys.Status(zone, step, signing), zone, publisher);
                return Wait(Sooner(step.Look, parents.CanAsk(setting) ? signing.NextDsLook : null), now);
            }

            var plan = PlanMaker.Make(setting, signing.Keys, signing.Open);
            var carried = signals.For(zone, received, before, parents.Surroundings);
            changed?.UnionWith(BootstrapSignals.Different(signing.Signals, carried));
            signing.Signals = carried;
            using var source = BootstrapSignals.With(received, carried);
            _signer.Sign(zone, signing, setting, plan, source, before, changed, servedSerial, keysChanged, now, cancellation);
            var waited = signing.Status.State == SigningState.WaitingForDs;
            var needsDs = step.NeedsDs || signing.IsAsking;
            signing.Show(new(zone.Id, step.State)
            {
                WaitingFor = step.WaitingFor ?? (signing.IsAsking ? ParentRequest.Await(plan, zone.Name, signing.Ds) : null),
                Until = step.Until,
                FirstExpiration = signing.FirstExpiration,
                LastSigned = signing.Status.LastSigned,
                ParentTold = needsDs ? signing.News.Told : null,
                Failure = needsDs ? signing.Ds?.Failure ?? signing.News.Failure : null,
            }, zone, publisher);
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
