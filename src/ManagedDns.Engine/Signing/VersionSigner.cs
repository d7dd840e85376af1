using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Signing;

/// <summary>Makes the signed version of a zone that is due, if one is, and publishes it.</summary>
internal sealed class VersionSigner(ZonePublisher publisher, IStatusSink sink, TimeProvider time, ILogger logger)
{
    /// <summary>Signs what has changed, what is due and, where keys have, all; publishes what has come of it.</summary>
    /// <param name="changed">The received owners that are not as in <paramref name="before"/>; null: not known, compare all.</param>
    /// <param name="servedSerial">What secondaries have seen last; null: nothing.</param>
    public void Sign(
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

        var made = now + policy.Validity - policy.Jitter;
        var earliest = isRenewal || owners is null || before is null
            ? SignatureTimes.EndingBefore(version.Contents, now).Earliest
            : signing.FirstExpiration < made ? signing.FirstExpiration : made;
        var (records, newSerial) = (version.Contents.RecordCount, version.Contents.Serial);
        lock (zone.Gate)
        {
            if (zone.IsRemoved || zone.Signing != signing)
            {
                version.Dispose();
                return;
            }

            signing.IsAsking |= before is not null && ParentRequest.IsNewForOthers(before, version.Contents, signing.Keys!);
            signing.FirstExpiration = earliest;
            signing.ServesReceived = false;
            publisher.PublishMade(zone, version);
            sink.Report(zone.Status);
        }

        signing.Status = signing.Status with { LastSigned = now };
        logger.LogInformation(
            "Zone {Zone}: signed serial {Primary} as {Serial}, {Records} records, {Changed}, {Duration:0.000} s",
            zone, received.Serial, newSerial, records,
            version.Differences is [var difference] ? $"{difference.Records} of them in the difference" : "whole",
            time.GetElapsedTime(started).TotalSeconds);
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
}
