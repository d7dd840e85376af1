using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Catalogs;

/// <summary>
/// Looks at the catalogs of primaries when a version of one is kept, and passes on what it lists: a catalog that a crash could take back makes and removes no zone.
/// </summary>
internal sealed class CatalogFollower(ICatalogSink sink, ILogger logger)
{
    private readonly Lock _gate = new();

    /// <summary>Looks at what is kept of a catalog, behind the caller's back. Several calls may come to one look more than needed, never to an older version last.</summary>
    public void Look(SecondaryZone zone)
    {
        if (zone.Catalog is { Role: CatalogRole.Consumer })
        {
            Task.Run(() => LookNow(zone));
        }
    }

    private void LookNow(SecondaryZone zone)
    {
        lock (_gate)
        {
            try
            {
                using var contents = Kept(zone);
                if (contents is not null)
                {
                    Pass(zone, CatalogReader.Read(zone.Id, contents));
                }
            }
            catch (Exception e)
            {
                logger.LogError(e, "Catalog {Zone}: what it lists could not be taken up; its members stay as they are.", zone);
            }
        }
    }

    private void Pass(SecondaryZone zone, CatalogVersion version)
    {
        if (version.Failure is { } failure)
        {
            logger.LogError("Catalog {Zone}: {Failure} {Remedy}", zone, failure, failure.Remedy);
        }
        else
        {
            logger.LogInformation("Catalog {Zone}: serial {Serial} lists {Members} zones", zone, version.Serial, version.Entries.Length);
        }

        sink.Take(version);
    }

    private static ZoneContents? Kept(SecondaryZone zone)
    {
        lock (zone.Gate)
        {
            return zone.IsRemoved ? null : zone.Kept?.Contents.Share();
        }
    }
}
