using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>Reads at the start what the content store kept, so that zones are served before any primary has answered.</summary>
internal sealed class ContentLoader(IContentStore store, ILogger logger)
{
    /// <summary>
    /// Hands each zone to <paramref name="begin"/> with what was kept of it, from several threads; what was kept of other zones is removed.
    /// </summary>
    /// <returns>The versions that checks had rejected.</returns>
    public IReadOnlyList<StoredContent> Load(IReadOnlyCollection<SecondaryZone> zones, Action<SecondaryZone, KeptVersion?, Freshness?> begin, CancellationToken cancellation)
    {
        var all = store.List();
        var made = all.Where(content => content.Kind == ContentKind.Published).ToDictionary(content => content.ZoneId);
        var kept = all.Where(content => content.Kind == ContentKind.Primary).ToDictionary(content => content.ZoneId);
        var options = new ParallelOptions { CancellationToken = cancellation };
        Parallel.ForEach(zones, options, zone =>
        {
            var content = kept.GetValueOrDefault(zone.Id);
            KeptVersion? version = null, served = null;
            Parallel.Invoke(
                options,
                () => version = content is null ? null : TryLoad(zone, content),
                () => served = zone.Signing is not null && made.TryGetValue(zone.Id, out var signed) ? TryLoad(zone, signed) : null);
            if (version is not null && served is not null)
            {
                (zone.Signed, zone.Kept, zone.Journal) = (served.Contents.Share(), served, served.Journal);
            }
            else
            {
                served?.Dispose();
            }

            begin(zone, version, version is null ? null : content!.Freshness);
        });

        if (all.Select(content => content.ZoneId).Except(zones.Select(zone => zone.Id)).ToList() is { Count: > 0 } strangers)
        {
            store.Remove(strangers);
        }

        return [.. all.Where(content => content.Kind == ContentKind.Rejected)];
    }

    private KeptVersion? TryLoad(SecondaryZone zone, StoredContent content)
    {
        try
        {
            return ZoneChunks.Load(zone.Name, content, store.Read(zone.Id, content.Kind), content.HasJournal ? store.Journal(zone.Id, content.Kind) : []);
        }
        catch (Exception e)
        {
            // Whatever it is: a zone that cannot be read is transferred again, and the others are served.
            logger.LogError(
                "Zone {Zone}: what was kept of serial {Serial} is damaged and is not used; the zone is transferred again. {Reason}",
                zone, content.Serial, e.Message);
            if (content.Kind == ContentKind.Primary)
            {
                zone.Status = zone.Status with
                {
                    LastFailure = new(
                        FailureReason.ContentsDamaged, null, $"What was kept of serial {content.Serial} could not be read at the start: {e.Message}",
                        zone.IsRefreshed ? "None needed: it is transferred again. Check the disk if this happens again."
                            : $"Transfer it again with Enable-ZoneProxy -Name {zone}, and check the disk."),
                };
            }

            return null;
        }
    }
}
