using System.Net;
using System.Runtime;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Answering;
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
/// The secondary name server: transfers the managed zones, keeps them, answers for them and passes them on, as its settings say. The same class
/// serves in the daemon and, in-process on port 0, in tests.
/// </summary>
public sealed class SecondaryServer : IAsyncDisposable
{
    /// <summary>How long stopping waits for what is not yet kept.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Lock _applying = new();
    private readonly ZoneRegister _zones = new();
    private readonly ZoneTable _table = new();
    private readonly ILogger _logger;
    private readonly ConnectionPool _connections;
    private readonly ContentLoader _loader;
    private readonly ContentKeeper _keeper;
    private readonly ContentKeeper _signedKeeper;
    private readonly ZoneSigningService? _signing;
    private readonly CatalogFollower? _catalogs;
    private readonly CatalogMaker _catalogMaker;
    private readonly NotifySender _notifier;
    private readonly ZonePublisher _publisher;
    private readonly ZoneLife _life;
    private readonly RejectedVersions _rejected;
    private readonly ZoneReceiver _receiver;
    private readonly Refresher _refresher;
    private readonly ZoneFiles _files;
    private readonly TransferOutHandler _transfers;
    private readonly AnsweringPlan _answering;
    private readonly QueryProcessor _processor;
    private readonly Listeners _listeners;
    private readonly Func<LookupSettings, IOutsideLookup>? _makeLookup;
    private IOutsideLookup? _lookup;
    private ServicePlan _plan;

    /// <param name="contents">Where the zones' contents are kept; read at the start, and when a whole zone is sent.</param>
    /// <param name="status">Told of every change of a zone's state and of every transfer.</param>
    /// <param name="limits">What a transfer may cost; null: <see cref="ZoneReceiver.DefaultLimits"/>.</param>
    /// <param name="keys">Where the keys of signed zones are kept; null: no zone is signed.</param>
    /// <param name="catalogs">Told what the catalogs of primaries list; null: they are zones like others.</param>
    /// <param name="makeLookup">Makes what looks up the parents of signed zones; null: only those that the settings name are asked.</param>
    public SecondaryServer(
        ServiceSettings settings, IContentStore contents, IStatusSink status, TimeProvider time, ILogger logger, TransferLimits? limits = null,
        IKeyStore? keys = null, ICatalogSink? catalogs = null, Func<LookupSettings, IOutsideLookup>? makeLookup = null)
    {
        _plan = ServicePlan.From(settings, ServicePlan.Empty);
        _logger = logger;
        _connections = new(time);
        var clock = new ClockGuard(time);
        var witness = new KeyWitness(status, time) { Agreed = clock.Agree };
        var client = new DnsClient(time, _connections, (peer, key) => witness.Saw(key, peer.Address, TsigKeyUseDirection.Sent));
        var backoff = new PrimaryBackoff(time);
        _loader = new(contents, logger);
        _keeper = new(contents, time, logger);
        _signedKeeper = new(contents, time, logger, ContentKind.Published);
        _notifier = new(client, time, logger);
        _publisher = new(_table, _keeper, _signedKeeper, _notifier, status, time);
        _signing = keys is null ? null : new(keys, _publisher, client, _zones, clock, status, time, logger);
        _makeLookup = makeLookup;
        ApplySurroundings(settings, null);
        _life = new(_publisher, status, time, logger);
        _catalogs = catalogs is null ? null : new(catalogs, logger);
        _publisher.KeptNew = zone => _catalogs?.Look(zone);
        _catalogMaker = new(_life, time);
        _rejected = new(contents, time, logger);
        _receiver = new(client, _rejected, status, time, logger, limits);
        _refresher = new(_life, new(client, _receiver, backoff, IsOwnAddress, logger), backoff, time, logger);
        _files = new(_life, time, logger);
        _transfers = new(_zones, _table, contents, status, time, logger);
        _answering = new(time, witness);
        var faults = new LogBudget(10, time);
        _processor = new(_table, time, new NotifyReceiver(_zones, _refresher, time, logger), acceptsTransfers: true)
        {
            Faulted = e =>
            {
                if (faults.TrySpend(out var suppressed))
                {
                    logger.LogError(e, "Answering met a defect; the queries in hand stay without answer. Please report it. ({Suppressed} more were not logged)", suppressed);
                }
            },
        };
        _listeners = new(_processor, _transfers, time);
    }

    /// <summary>Where the server listens, UDP and TCP alike, port 0 resolved. Empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _listeners.EndPoints;

    /// <summary>Where the server listens for DNS over TLS, port 0 resolved.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints => _listeners.TlsEndPoints;

    /// <summary>The settings that apply.</summary>
    public ServiceSettings Settings => _plan.Settings;

    /// <summary>The settings of one zone as they apply; null where it is not managed here.</summary>
    public ManagedZone? Setting(long zoneId) => _zones.TryGet(zoneId, out var zone) ? zone.Setting : null;

    /// <summary>Why the last change of listen addresses was not applied; the addresses before are still served.</summary>
    public Failure? ListenFailure { get; private set; }

    /// <summary>Loads all that is kept or comes from files, answers for it, and only then asks primaries.</summary>
    /// <exception cref="DnsFailureException">
    /// PortInUse, NotPermitted, AddressNotLocal: an address cannot be listened on. What remains is to dispose the server.
    /// </exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        var zones = await Task.Run(() => Load(cancellation), cancellation).ConfigureAwait(false);
        LeaveNoGarbage(zones.Count);
        _transfers.AsksForCertificates = AsksForCertificates(_plan.Settings);
        _processor.Options = _answering.OptionsFor(_plan);
        await _listeners.ChangeAsync(_plan.Settings.Server).ConfigureAwait(false);
        _files.Start();
        foreach (var zone in zones)
        {
            _refresher.Wake(zone, Wish.None);
            _signing?.Wake(zone);
            _catalogs?.Look(zone);
            if (zone.Contents is not null)
            {
                _notifier.Announce(zone);
            }
        }

        _logger.LogInformation("Serving {Zones} zones on {EndPoints}", zones.Count, string.Join(", ", EndPoints));
    }

    /// <summary>
    /// Applies the difference between these settings and those that applied before. Zones that it does not concern are not touched.
    /// </summary>
    /// <exception cref="AggregateException">
    /// What could not be applied to some zones; the others have it. The generation stays the one before: applying the same settings again does the rest.
    /// </exception>
    public void Apply(ServiceSettings settings)
    {
        lock (_applying)
        {
            var plan = ServicePlan.From(settings, _plan);
            var difference = plan.Since(_plan);
            var defects = new List<Exception>();
            void ForEach<T>(IEnumerable<T> items, Action<T> apply)
            {
                foreach (var item in items)
                {
                    try
                    {
                        apply(item);
                    }
                    catch (Exception e)
                    {
                        defects.Add(e);
                    }
                }
            }

            _processor.Options = _answering.OptionsFor(plan);
            _transfers.AsksForCertificates = AsksForCertificates(settings);
            if (difference.ListenChanged)
            {
                Rebind(settings.Server);
            }

            // Names become free before others take them: two zones may swap theirs.
            ForEach(difference.Removed.Concat(difference.Changed.Where(IsRenamed).Select(setting => setting.Id)), Remove);
            ForEach(difference.Changed.Concat(difference.Added), setting => Put(setting, plan));
            ApplySurroundings(settings, _plan.Settings);
            ForEach(_zones.All, zone => _signing?.Apply(zone, settings.ZoneSignings.GetValueOrDefault(zone.Id)));
            ForEach(plan.Settings.Catalogs.Keys.Concat(_plan.Settings.Catalogs.Keys).Distinct(), id => PutCatalog(id, plan));
            if (difference.ChangesZones || !plan.Settings.Catalogs.Values.All(_plan.Settings.Catalogs.Values.Contains))
            {
                ForEach(_zones.All.Where(zone => zone.IsMade), zone => _catalogMaker.Make(zone, plan.Settings));
            }

            if (defects.Count > 0)
            {
                throw new AggregateException(defects);
            }

            _plan = plan;
        }
    }

    /// <summary>Takes up what a cmdlet asks for once. Stopping is the caller's.</summary>
    public void Take(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ZoneId is not { } id || !_zones.TryGet(id, out var zone))
        {
            _logger.LogWarning("Request {Kind} names no zone that is managed here.", request.Kind);
        }
        else if (request.Kind is RequestKind.ReplaceZoneKey or RequestKind.ReplaceKeySigningKey)
        {
            _signing?.Replace(zone, request.Kind == RequestKind.ReplaceKeySigningKey, isCompromised: request.Full);
        }
        else if (request.Kind == RequestKind.ReloadKeys)
        {
            _signing?.ReloadKeys(zone);
        }
        else if (zone.IsFromFile)
        {
            _files.BeginLoad(zone);
        }
        else if (!zone.IsRefreshed)
        {
            _logger.LogWarning("Zone {Zone}: request {Kind} has no effect, for the zone's proxy is off.", zone, request.Kind);
        }
        else if (request.Kind == RequestKind.AcceptVersion)
        {
            _ = Task.Run(() => Accept(zone));
        }
        else
        {
            _refresher.Wake(zone, Wish.Now | request switch
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
        foreach (var zone in _zones.All)
        {
            lock (zone.Gate)
            {
                _publisher.KeepAgain(zone);
            }
        }
    }

    /// <summary>Stops answering, ends transfers and writes what is not kept yet, within seconds.</summary>
    public async Task StopAsync()
    {
        _files.Dispose();
        await _listeners.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_refresher.CloseAsync(), _notifier.CloseAsync()).ConfigureAwait(false);
        if (_signing is not null)
        {
            await _signing.CloseAsync().ConfigureAwait(false);
        }

        await _keeper.CloseAsync(s_patience).ConfigureAwait(false);
        await _signedKeeper.CloseAsync(s_patience).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _signedKeeper.DisposeAsync().ConfigureAwait(false);
        _signing?.Dispose();
        _refresher.Dispose();
        _notifier.Dispose();
        _receiver.Dispose();
        _connections.Dispose();
        _transfers.Dispose();
        foreach (var zone in _zones.All)
        {
            zone.Contents?.Dispose();
            zone.Signed?.Dispose();
            zone.Kept?.Dispose();
        }

        _table.Dispose();
    }

    /// <summary>
    /// What loading many zones leaves behind would lie about for long, a fifth of what they take themselves. Collecting it stops all threads, for 0.2 s with
    /// a hundred thousand zones: now nobody is answered yet.
    /// </summary>
    private static void LeaveNoGarbage(int zones)
    {
        const int Many = 10_000;
        if (zones >= Many)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private List<SecondaryZone> Load(CancellationToken cancellation)
    {
        var zones = _plan.Settings.Zones.Select(setting => New(setting, _plan)).ToList();
        _zones.Reserve(zones.Count);
        _table.Reserve(zones.Count);
        foreach (var zone in zones)
        {
            _signing?.Attach(zone, _plan.Settings.ZoneSignings.GetValueOrDefault(zone.Id));
        }

        _rejected.Begin(_loader.Load(zones, Begin, cancellation));
        Parallel.ForEach(zones.Where(zone => zone.IsFromFile), _files.Load);
        foreach (var zone in zones.Where(zone => zone.IsMade))
        {
            _catalogMaker.Make(zone, _plan.Settings);
        }

        return zones;
    }

    private static SecondaryZone New(ManagedZone setting, ServicePlan plan) =>
        new(setting, plan.CommonPlans[setting.CommonSettingId]) { Catalog = plan.Settings.Catalogs.GetValueOrDefault(setting.Id) };

    /// <summary>Notes whether a zone is a catalog, and looks at one that has become it.</summary>
    private void PutCatalog(long id, ServicePlan plan)
    {
        if (!_zones.TryGet(id, out var zone))
        {
            return;
        }

        var before = zone.Catalog;
        zone.Catalog = plan.Settings.Catalogs.GetValueOrDefault(id);
        if (before is null)
        {
            _catalogs?.Look(zone);
        }
    }

    private void Begin(SecondaryZone zone, KeptVersion? kept, Freshness? freshness)
    {
        lock (zone.Gate)
        {
            _life.Begin(zone, kept, freshness);
            _zones.Add(zone);
        }
    }

    /// <summary>Publishes the version that a check rejected.</summary>
    private void Accept(SecondaryZone zone)
    {
        if (_rejected.Load(zone) is not { } version)
        {
            _logger.LogWarning("Zone {Zone}: there is no rejected version that could be published.", zone);
            return;
        }

        _logger.LogWarning("Zone {Zone}: serial {Serial} is published as it is, for the operator said so.", zone, version.Serial);
        _refresher.Take(zone, new(version, []));
        _rejected.Discard(zone.Id);
    }

    private void ApplySurroundings(ServiceSettings settings, ServiceSettings? before)
    {
        if (before?.Server.Lookups != settings.Server.Lookups)
        {
            _lookup = _makeLookup?.Invoke(settings.Server.Lookups);
        }

        _signing?.Apply(new Surroundings(_lookup, settings));
    }

    private bool IsRenamed(ManagedZone setting) => _zones.TryGet(setting.Id, out var zone) && zone.Name != setting.Name;

    private void Put(ManagedZone setting, ServicePlan plan)
    {
        if (_zones.TryGet(setting.Id, out var zone))
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
            _files.BeginLoad(zone);
        }
        else
        {
            _refresher.Wake(zone, Wish.Now);
        }
    }

    private void Change(SecondaryZone zone, ManagedZone setting, CommonPlan plan)
    {
        var (file, targets) = (zone.Setting.ZoneFile, zone.Plan.NotifyTargets);
        _refresher.Change(zone, setting, plan);
        if (setting.ZoneFile is null)
        {
            _files.Forget(zone);
        }
        else if (setting.ZoneFile != file)
        {
            _files.BeginLoad(zone);
        }

        _notifier.Announce(zone, zone.Plan.NotifyTargets.Except(targets));
    }

    private void Remove(long id)
    {
        if (_zones.TryGet(id, out var zone))
        {
            _zones.Remove(zone);
            _files.Forget(zone);
            _refresher.Forget(zone);
            _signing?.Forget(zone);
            lock (zone.Gate)
            {
                _publisher.Drop(zone);
            }
        }
    }

    private void Rebind(ServerSettings settings)
    {
        try
        {
            // Ports are not waited for: this takes milliseconds.
            Task.Run(() => _listeners.ChangeAsync(settings)).GetAwaiter().GetResult();
            ListenFailure = null;
            _logger.LogInformation("Listening on {EndPoints}", string.Join(", ", EndPoints));
        }
        catch (DnsFailureException e)
        {
            ListenFailure = e.Failure;
            _logger.LogError("The listen addresses were not changed. {Failure} {Remedy}", e.Failure, e.Failure.Remedy);
        }
    }

    private static bool AsksForCertificates(ServiceSettings settings) => settings.ZoneTransferAcls.Any(acl => acl.ClientPin is not null);

    private bool IsOwnAddress(IPEndPoint endPoint) => endPoint.LeadsTo(_listeners.EndPoints.AddRange(_listeners.TlsEndPoints));
}
