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
    private readonly ContentKeeper _keeper;
    private readonly ContentKeeper _signedKeeper;
    private readonly ZoneSigningService? _signing;
    private readonly NotifySender _notifier;
    private readonly ZoneReceiver _receiver;
    private readonly Refresher _refresher;
    private readonly ZoneFiles _files;
    private readonly ManagedZones _managed;
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
        _keeper = new(contents, time, logger);
        _signedKeeper = new(contents, time, logger, ContentKind.Published);
        _notifier = new(client, time, logger);
        var publisher = new ZonePublisher(_table, _keeper, _signedKeeper, _notifier, status, time, logger);
        _signing = keys is null ? null : new(keys, publisher, client, _zones, clock, status, time, logger);
        _makeLookup = makeLookup;
        ApplySurroundings(settings, null);
        var life = new ZoneLife(publisher, status, time, logger);
        var follower = catalogs is null ? null : new CatalogFollower(catalogs, logger);
        publisher.KeptNew = zone => follower?.Look(zone);
        var rejected = new RejectedVersions(contents, time, logger);
        _receiver = new(client, rejected, status, time, logger, limits);
        _refresher = new(life, new(client, _receiver, backoff, IsOwnAddress, logger), backoff, time, logger);
        _files = new(life, time, logger);
        _managed = new(_zones, _table, contents, rejected, life, publisher, _notifier, _refresher, _files, _signing, follower, time, logger);
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
        var zones = await Task.Run(() => _managed.Load(_plan, cancellation), cancellation).ConfigureAwait(false);
        LeaveNoGarbage(zones.Count);
        _transfers.AsksForCertificates = AsksForCertificates(_plan.Settings);
        _processor.Options = _answering.OptionsFor(_plan);
        await _listeners.ChangeAsync(_plan.Settings.Server).ConfigureAwait(false);
        _managed.Start(zones);
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
            var defects = new Defects();
            _processor.Options = _answering.OptionsFor(plan);
            _transfers.AsksForCertificates = AsksForCertificates(settings);
            if (difference.ListenChanged)
            {
                Rebind(settings.Server);
            }

            _managed.Follow(difference, plan, defects);
            ApplySurroundings(settings, _plan.Settings);
            _managed.FollowRoles(difference, plan, _plan, defects);
            defects.ThrowIfAny();
            _plan = plan;
        }
    }

    /// <summary>Takes up what a cmdlet asks for once. Stopping is the caller's.</summary>
    public void Take(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _managed.Take(request);
    }

    /// <summary>Has all zones kept once more, for the content store has lost what it had.</summary>
    public void KeepAgain() => _managed.KeepAgain();

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

    private void ApplySurroundings(ServiceSettings settings, ServiceSettings? before)
    {
        if (before?.Server.Lookups != settings.Server.Lookups)
        {
            _lookup = _makeLookup?.Invoke(settings.Server.Lookups);
        }

        _signing?.Apply(new Surroundings(_lookup, settings));
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
