using System.Collections.Concurrent;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// Keeps the version of a zone that a check rejected last, until a good one comes: the operator can look at it, and have it published as it is.
/// </summary>
internal sealed class RejectedVersions(IContentStore store, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<long, uint> _serials = new();

    /// <summary>Notes what the store has.</summary>
    public void Begin(IEnumerable<StoredContent> rejected)
    {
        foreach (var content in rejected)
        {
            _serials[content.ZoneId] = content.Serial;
        }
    }

    /// <summary>Keeps a version, unless it is the one that was kept last: a zone is tried again and again.</summary>
    public void Keep(long zoneId, ZoneContents version) => Try(zoneId, () =>
    {
        if (!_serials.TryGetValue(zoneId, out var serial) || serial != version.Serial)
        {
            var content = new StoredContent(zoneId, ContentKind.Rejected, version.Serial, version.RecordCount, time.GetUtcNow());
            store.Replace([new(content, ZoneChunks.Pack(version, new TransferPacker()))], CancellationToken.None);
            _serials[zoneId] = version.Serial;
        }
    });

    /// <summary>The version kept; null where there is none or it cannot be read.</summary>
    public ZoneContents? Load(SecondaryZone zone)
    {
        ZoneContents? version = null;
        Try(zone.Id, () =>
        {
            if (store.List().FirstOrDefault(content => content.ZoneId == zone.Id && content.Kind == ContentKind.Rejected) is { } content)
            {
                version = ZoneChunks.Load(zone.Name, content, store.Read(zone.Id, content.Kind), []).Contents;
            }
        });
        return version;
    }

    public void Discard(long zoneId) => Try(zoneId, () =>
    {
        if (_serials.TryRemove(zoneId, out _))
        {
            store.Remove([zoneId], ContentKind.Rejected);
        }
    });

    /// <summary>Whatever is wrong with the store, zones are served and refreshed all the same.</summary>
    private void Try(long zoneId, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            logger.LogError(e, "The rejected version of zone {ZoneId} could not be read or written: {Message}", zoneId, e.Message);
        }
    }
}
