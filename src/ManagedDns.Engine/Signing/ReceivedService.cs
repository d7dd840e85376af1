using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>Has zones served as they were received: when their signing has ended or was taken away, and when they come signed by others.</summary>
internal sealed class ReceivedService(IKeyStore keys, ZonePublisher publisher, IStatusSink sink)
{
    /// <summary>
    /// Signing has come to its end: what was received is served again, under a newer serial of ours for as long as the primary's is not newer than what
    /// secondaries have.
    /// </summary>
    public void End(SecondaryZone zone, SigningZone signing, ZoneContents received, ZoneContents? before)
    {
        lock (zone.Gate)
        {
            if (before is null || new Serial(received.Serial).IsNewerThan(before.Serial))
            {
                Detach(zone);
                signing.Show(new(zone.Id, SigningState.Unsigned), zone, publisher);
            }
            else
            {
                var version = Unsigned(received, before);
                if (version.Differences is [{ Records: 2 }] && !SigningFacts.ComesSigned(before))
                {
                    // It is served so already.
                    version.Dispose();
                }
                else
                {
                    publisher.PublishMade(zone, version);
                    sink.Report(zone.Status);
                }

                signing.Show(new(zone.Id, SigningState.Unsigned)
                {
                    WaitingFor = $"the primary's serial ({received.Serial}) to be newer than the one published ({zone.Signed!.Serial}); until then ours is published",
                }, zone, publisher);
                return;
            }
        }

        keys.Finish(zone.Id);
    }

    /// <summary>Serves what is received from now on. Called within the zone's gate.</summary>
    public void Detach(SecondaryZone zone)
    {
        var signing = zone.Signing!;
        zone.Signing = null;
        signing.Timer?.Dispose();
        if (!signing.IsRunning)
        {
            signing.Dispose();
        }

        publisher.PublishReceived(zone);
        if (zone.Contents is not null)
        {
            zone.Status = zone.Status with { PublishedSerial = zone.Contents.Serial, RecordCount = zone.Contents.RecordCount };
            sink.Report(zone.Status);
        }
    }

    /// <summary>A zone that arrives signed is not signed again. Where it was signed here before, that version stays: its DS names our keys.</summary>
    public void ServeAsItComes(SecondaryZone zone, SigningZone signing, ZoneContents? before)
    {
        var failure = new Failure(
            FailureReason.AlreadySigned, null, $"{zone} comes signed from its primary and is not signed again.",
            before is null
                ? $"It is served as it comes. To have it signed here instead, send it unsigned from the primary, or: Enable-ZoneSigning -Name {zone} -StripSignatures."
                : "The version signed here before is served: send the zone unsigned from the primary, or: "
                  + $"Enable-ZoneSigning -Name {zone} -StripSignatures.");
        lock (zone.Gate)
        {
            // What comes meanwhile is not signed: the next version that is has to be compared whole.
            signing.Changed = null;
            signing.ServesReceived = before is null;
            if (signing.ServesReceived && !zone.IsExpired)
            {
                publisher.Serve(zone, zone.IsRefreshed ? zone.Status.ExpiresAt : null);
            }
        }

        signing.Show(new(zone.Id, SigningState.AlreadySigned) { Failure = failure }, zone, publisher);
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
}
