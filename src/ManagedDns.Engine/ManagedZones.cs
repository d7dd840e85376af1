using ManagedDns.Engine.Catalogs;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine;

/// <summary>
/// The managed zones as the settings want them: takes each up with what is kept of it, follows its settings, drops it, and does what is asked for once.
/// </summary>
internal sealed class ManagedZones(
    ZoneRegister zones, ZoneTable table, IContentStore contents, RejectedVersions rejected, ZoneLife life, ZonePublisher publisher, NotifySender notifier,
    Refresher refresher, ZoneFiles files, ZoneSigningService? signing, CatalogFollower? catalogs, TimeProvider time, ILogger logger)
{
    private readonly ContentLoader _loader = new(contents, logger);
    private readonly CatalogMaker _catalogMaker = new(life, time);

    /// <summary>Takes up all zones of the settings, with what is kept of them or comes from files.</summary>
    public IReadOnlyList<SecondaryZone> Load(ServicePlan plan, CancellationToken cancellation)
    {
        var loaded = plan.Settings.Zones.Select(setting => New(setting, plan)).ToList();
        zones.Reserve(loaded.Count);
        table.Reserve(loaded.Count);
        foreach (var zone in loaded)
        {
            signing?.Attach(zone, plan.Settings.ZoneSignings.GetValueOrDefault(zone.Id));
        }

        rejected.Begin(_loader.Load(loaded, Begin, cancellation));
        Parallel.ForEach(loaded.Where(zone => zone.IsFromFile), files.Load);
        foreach (var zone in loaded.Where(zone => zone.IsMade))
        {
            _catalogMaker.Make(zone, plan.Settings);
        }

        return loaded;
    }

    /// <summary>Starts what goes on by itself: checks at the primaries, signing, catalogs, and the news for those who follow us.</summary>
    public void Start(IReadOnlyList<SecondaryZone> loaded)
    {
        files.Start();
        foreach (var zone in loaded)
        {
            refresher.Wake(zone, Wish.None);
            signing?.Wake(zone);
            catalogs?.Look(zone);
            if (zone.Contents is not null)
            {
                notifier.Announce(zone);
            }
        }
    }

    /// <summary>Removes, changes and adds zones. Those that the difference does not name are not touched.</summary>
    public void Follow(PlanDifference difference, ServicePlan plan, Defects defects)
    {
        // Names become free before others take them: two zones may swap theirs.
        defects.ForEach(difference.Removed.Concat(difference.Changed.Where(IsRenamed).Select(setting => setting.Id)), Remove);
        defects.ForEach(difference.Changed.Concat(difference.Added), setting => Put(setting, plan));
    }

    /// <summary>Follows what zones are beside: signed here, or catalogs.</summary>
    public void FollowRoles(PlanDifference difference, ServicePlan plan, ServicePlan before, Defects defects)
    {
        defects.ForEach(zones.All, zone => signing?.Apply(zone, plan.Settings.ZoneSignings.GetValueOrDefault(zone.Id)));
        defects.ForEach(plan.Settings.Catalogs.Keys.Concat(before.Settings.Catalogs.Keys).Distinct(), id => PutCatalog(id, plan));
        if (difference.ChangesZones || !plan.Settings.Catalogs.Values.All(before.Settings.Catalogs.Values.Contains))
        {
            defects.ForEach(zones.All.Where(zone => zone.IsMade), zone => _catalogMaker.Make(zone, plan.Settings));
        }
    }

    /// <summary>Does once what somebody asked for.</summary>
    public void Take(Request request)
    {
        if (request.ZoneId is not { } id || !zones.TryGet(id, out var zone))
        {
            logger.LogWarning("Request {Kind} names no zone that is managed here.", request.Kind);
        }
        else if (request.Kind is RequestKind.ReplaceZoneKey or RequestKind.ReplaceKeySigningKey)
        {
            signing?.Replace(zone, request.Kind == RequestKind.ReplaceKeySigningKey, isCompromised: request.Full);
        }
        else if (request.Kind == RequestKind.ReloadKeys)
        {
            signing?.ReloadKeys(zone);
        }
        else if (zone.IsFromFile)
        {
            files.BeginLoad(zone);
        }
        else if (!zone.IsRefreshed)
        {
            logger.LogWarning("Zone {Zone}: request {Kind} has no effect, for the zone's proxy is off.", zone, request.Kind);
        }
        else if (request.Kind == RequestKind.AcceptVersion)
        {
            _ = Task.Run(() => Accept(zone));
        }
        else
        {
            refresher.Wake(zone, Wish.Now | request switch
            {
                { Kind: RequestKind.AcceptSerial } => Wish.AnySerial,
                { Kind: RequestKind.ResetZone } => Wish.AnySerial | Wish.WholeZone,
                { Full: true } => Wish.WholeZone,
                _ => Wish.None,
            });
        }
    }

    /// <summary>Has all zones kept once more, for the content store has lost what it had.</summary>
    public void KeepAgain()
    {
        foreach (var zone in zones.All)
        {
            lock (zone.Gate)
            {
                publisher.KeepAgain(zone);
            }
        }
    }

    private static SecondaryZone New(ManagedZone setting, ServicePlan plan) =>
        new(setting, plan.CommonPlans[setting.CommonSettingId]) { Catalog = plan.Settings.Catalogs.GetValueOrDefault(setting.Id) };

    /// <summary>Notes whether a zone is a catalog, and looks at one that has become it.</summary>
    private void PutCatalog(long id, ServicePlan plan)
    {
        if (!zones.TryGet(id, out var zone))
        {
            return;
        }

        var before = zone.Catalog;
        zone.Catalog = plan.Settings.Catalogs.GetValueOrDefault(id);
        if (before is null)
        {
            catalogs?.Look(zone);
        }
    }

    private void Begin(SecondaryZone zone, KeptVersion? kept, Freshness? freshness)
    {
        lock (zone.Gate)
        {
            life.Begin(zone, kept, freshness);
            zones.Add(zone);
        }
    }

    /// <summary>Publishes the version that a check rejected.</summary>
    private void Accept(SecondaryZone zone)
    {
        if (rejected.Load(zone) is not { } version)
        {
            logger.LogWarning("Zone {Zone}: there is no rejected version that could be published.", zone);
            return;
        }

        logger.LogWarning("Zone {Zone}: serial {Serial} is published as it is, for the operator said so.", zone, version.Serial);
        refresher.Take(zone, new(version, []));
        rejected.Discard(zone.Id);
    }

    private bool IsRenamed(ManagedZone setting) => zones.TryGet(setting.Id, out var zone) && zone.Name != setting.Name;

    private void Put(ManagedZone setting, ServicePlan plan)
    {
        if (zones.TryGet(setting.Id, out var zone))
        {
            Change(zone, setting, plan.CommonPlans[setting.CommonSettingId]);
        }
        else
        {
            Add(setting, plan);
        }
    }

    private void Add(ManagedZone setting, ServicePlan plan)
    {
        var zone = New(setting, plan);
        Begin(zone, null, null);
        if (zone.IsFromFile)
        {
            files.BeginLoad(zone);
        }
        else
        {
            refresher.Wake(zone, Wish.Now);
        }
    }

    private void Change(SecondaryZone zone, ManagedZone setting, CommonPlan plan)
    {
        var (file, targets) = (zone.Setting.ZoneFile, zone.Plan.NotifyTargets);
        refresher.Change(zone, setting, plan);
        if (setting.ZoneFile is null)
        {
            files.Forget(zone);
        }
        else if (setting.ZoneFile != file)
        {
            files.BeginLoad(zone);
        }

        notifier.Announce(zone, zone.Plan.NotifyTargets.Except(targets));
    }

    private void Remove(long id)
    {
        if (zones.TryGet(id, out var zone))
        {
            zones.Remove(zone);
            files.Forget(zone);
            refresher.Forget(zone);
            signing?.Forget(zone);
            lock (zone.Gate)
            {
                publisher.Drop(zone);
            }
        }
    }
}
