using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine;
using ManagedDns.Store;
using ManagedDns.Store.Contents;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Daemon;

/// <summary>
/// Runs one secondary server on one store: takes the store's lock, starts the server from what the store holds, carries changes and requests to it,
/// and writes its own row.
/// </summary>
internal sealed class ServerHost(DaemonOptions options, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    : IHostedService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<ServerHost>();
    private readonly CancellationTokenSource _stopping = new();
    private ManagedDnsStore? _store;
    private ServerLock? _lock;
    private StatusWriter? _status;
    private ContentsDatabase? _contents;
    private ZoneKeyStore? _keys;
    private CatalogStore? _catalogs;
    private SecondaryServer? _server;
    private ServerRow? _row;
    private Task _watching = Task.CompletedTask;
    private Task _health = Task.CompletedTask;

    public IReadOnlyList<IPEndPoint> EndPoints => _server?.EndPoints ?? [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        _store = ManagedDnsStore.Open(options.Store, time: time);
        _lock = ServerLock.TryTake(_store.Folder) ?? throw Locked();
        _logger.LogInformation(
            "managed-dnsd {Version} starts on {Store} as process {Process}", ServerProcess.Version, _store.Folder, Environment.ProcessId);
        var settings = _store.ReadSettings();
        var node = settings.Server.NodeName.Length > 0 ? settings.Server.NodeName : Environment.MachineName;
        _status = new StatusWriter(_store, node, time, e => _logger.LogError("Status cannot be written: {Message} {Remedy}", e.Message, e.Remedy));
        _row = new ServerRow(node, _status, time, () => _contents?.Trouble);
        try
        {
            _contents = new ContentsDatabase(_store, ContentsLost);
            _keys = new ZoneKeyStore(_store.Folder);
            _catalogs = new CatalogStore(
                _store.Folder, e => _logger.LogError("What a catalog lists cannot be taken up: {Message} {Remedy}", e.Message, e.Remedy));
            _server = new SecondaryServer(
                settings, _contents, _status, time, loggers.CreateLogger<SecondaryServer>(), keys: _keys, catalogs: _catalogs,
                makeLookup: lookups => new OutsideLookup(lookups, time));
            await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var report = StartReport.Failed(e);
            _logger.LogError("The server did not start: {Message} {Remedy}", report.Message, report.Remedy);
            _row.Failed(e is DnsFailureException dns ? dns.Failure : new Failure(FailureReason.Internal, null, report.Message!, report.Remedy!));
            throw;
        }

        _row.Running(_server);
        await ShowAsync(_status).ConfigureAwait(false);
        _logger.LogInformation("Started in {Milliseconds} ms", (int)time.GetElapsedTime(started).TotalMilliseconds);
        var watcher = new StoreWatcher(_store, _server, _row, lifetime, loggers.CreateLogger<StoreWatcher>(), settings.Generation);
        _watching = Task.Factory.StartNew(
            () => watcher.Run(time, _stopping.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var health = new HealthWatch(_store.Folder, node, _server, time, loggers.CreateLogger<HealthWatch>());
        _health = Task.Run(() => health.RunAsync(_stopping.Token), CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _logger.LogInformation("Stopping");
        _row?.Stopping();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _health.ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.StopAsync().ConfigureAwait(false);
        }

        _row?.Stopped();
        _logger.LogInformation("Stopped");
    }

    /// <summary>After a stop, and after a start that failed half-way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
        }

        if (_status is not null)
        {
            await _status.DisposeAsync().ConfigureAwait(false);
        }

        _keys?.Dispose();
        _catalogs?.Dispose();
        _contents?.Dispose();
        _store?.Dispose();
        _lock?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>A server that serves is not ended because nobody can see it: its disk may be full. It is told in the log and tried again.</summary>
    private static async Task ShowAsync(StatusWriter status)
    {
        try
        {
            await status.FlushAsync().ConfigureAwait(false);
        }
        catch (StoreException)
        {
        }
    }

    /// <summary>A file that turns out to be damaged while the server runs costs nothing: what it held is still in memory.</summary>
    private void ContentsLost(string message)
    {
        _logger.LogWarning("{Message}", message);
        if (_server is { } server)
        {
            _ = Task.Run(server.KeepAgain);
        }
    }

    private StartException Locked()
    {
        var holder = ServerLock.Holder(_store!.Folder) is > 0 and var pid ? $" as process {pid}" : "";
        return new StartException(
            StartReport.StoreLocked,
            $"A server runs on '{_store.Folder}' already{holder}.",
            "Stop it first (Stop-SecondaryServer), or give another store with --store.");
    }
}
