using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// Carries published versions to the content store behind the server's back: in order per zone, the newest of a zone only, many zones in one
/// transaction. What cannot be written is tried again until it can, or until a newer version takes its place.
/// </summary>
internal sealed class ContentKeeper : IAsyncDisposable
{
    // A transaction of small zones ends here, so that a crash loses little and readers see progress.
    private const int MostZones = 1000;
    private const long MostRecords = 200_000;

    private static readonly TimeSpan s_confirmDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Version> _versions = [];
    private readonly IContentStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _abort = new();
    private readonly ITimer _timer;
    private readonly TransferPacker _packer = new();
    private readonly Task _worker;
    private Dictionary<long, Freshness> _confirmed = [];
    private HashSet<long> _removed = [];
    private bool _closed;

    public ContentKeeper(IContentStore store, TimeProvider time, ILogger logger)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => _work.Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _worker = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Keeps a version, which it takes over.</summary>
    /// <param name="kept">Called once the version survives a power cut; never, if a newer one takes its place first.</param>
    public void Keep(long zoneId, ZoneContents version, Freshness? freshness, Action kept)
    {
        lock (_gate)
        {
            if (_versions.Remove(zoneId, out var older))
            {
                older.Contents.Dispose();
            }

            _confirmed.Remove(zoneId);
            _removed.Remove(zoneId);
            _versions[zoneId] = new(version, freshness, kept);
        }

        _work.Release();
    }

    public void Confirm(long zoneId, Freshness freshness)
    {
        lock (_gate)
        {
            if (_versions.TryGetValue(zoneId, out var waiting))
            {
                _versions[zoneId] = waiting with { Freshness = freshness };
            }
            else
            {
                _confirmed[zoneId] = freshness;
                if (_confirmed.Count == 1)
                {
                    _timer.Change(s_confirmDelay, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    public void Remove(long zoneId)
    {
        lock (_gate)
        {
            if (_versions.Remove(zoneId, out var waiting))
            {
                waiting.Contents.Dispose();
            }

            _confirmed.Remove(zoneId);
            _removed.Add(zoneId);
        }

        _work.Release();
    }

    /// <summary>Writes what is waiting, for at most <paramref name="patience"/>, and ends.</summary>
    public async Task CloseAsync(TimeSpan patience)
    {
        lock (_gate)
        {
            _closed = true;
        }

        _work.Release();
        using var bound = new CancellationTokenSource(patience, _time);
        using (bound.Token.Register(_abort.Cancel))
        {
            await _worker.ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(TimeSpan.Zero).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _abort.Dispose();
        _work.Dispose();
    }

    private void Work()
    {
        var ending = false;
        while (!ending)
        {
            _work.Wait(CancellationToken.None);
            while (_work.Wait(0, CancellationToken.None))
            {
                // What many asked for is done in one go.
            }

            lock (_gate)
            {
                ending = _closed;
            }

            while (!_abort.IsCancellationRequested && WriteSome())
            {
            }
        }

        foreach (var version in _versions.Values)
        {
            version.Contents.Dispose();
        }
    }

    /// <summary>One transaction's worth. False: there is nothing to do now.</summary>
    private bool WriteSome()
    {
        HashSet<long> removed;
        Dictionary<long, Freshness> confirmed;
        Dictionary<long, Version> versions;
        lock (_gate)
        {
            (removed, _removed) = (_removed, []);
            (confirmed, _confirmed) = (_confirmed, []);
            versions = TakeVersions();
        }

        if (removed.Count + confirmed.Count + versions.Count == 0)
        {
            return false;
        }

        try
        {
            Write(removed, confirmed, versions);
        }
        catch (Exception e)
        {
            // A full disk, a locked file: whatever it is, the zones are served all the same, and it is tried again.
            _logger.LogError(
                e, "{Zones} zones could not be written to the content store: {Message} Next try in {Delay}.", versions.Count, e.Message, s_retryDelay);
            PutBack(removed, confirmed, versions);
            return false;
        }

        foreach (var version in versions.Values)
        {
            version.Contents.Dispose();
            version.Kept();
        }

        return true;
    }

    private void Write(HashSet<long> removed, Dictionary<long, Freshness> confirmed, Dictionary<long, Version> versions)
    {
        if (removed.Count > 0)
        {
            _store.Remove(removed);
        }

        if (versions.Count > 0)
        {
            var now = _time.GetUtcNow();
            _store.Replace([.. versions.Select(pair => pair.Value.ToKeep(pair.Key, now, _packer))], _abort.Token);
        }

        if (confirmed.Count > 0)
        {
            _store.Confirm(confirmed);
        }
    }

    private Dictionary<long, Version> TakeVersions()
    {
        var taken = new Dictionary<long, Version>();
        var records = 0L;
        foreach (var (zoneId, version) in _versions)
        {
            records += version.Contents.RecordCount;
            if (taken.Count == MostZones || (records > MostRecords && taken.Count > 0))
            {
                break;
            }

            taken.Add(zoneId, version);
        }

        foreach (var zoneId in taken.Keys)
        {
            _versions.Remove(zoneId);
        }

        return taken;
    }

    /// <summary>Queues again what was not written, unless something newer is queued already.</summary>
    private void PutBack(HashSet<long> removed, Dictionary<long, Freshness> confirmed, Dictionary<long, Version> versions)
    {
        lock (_gate)
        {
            _removed.UnionWith(removed.Where(zoneId => !_versions.ContainsKey(zoneId)));
            foreach (var (zoneId, freshness) in confirmed)
            {
                if (!_removed.Contains(zoneId) && !_versions.ContainsKey(zoneId))
                {
                    _confirmed.TryAdd(zoneId, freshness);
                }
            }

            foreach (var (zoneId, version) in versions)
            {
                if (_removed.Contains(zoneId) || !_versions.TryAdd(zoneId, version))
                {
                    version.Contents.Dispose();
                }
            }
        }

        _timer.Change(s_retryDelay, Timeout.InfiniteTimeSpan);
    }

    private sealed record Version(ZoneContents Contents, Freshness? Freshness, Action Kept)
    {
        public ContentVersion ToKeep(long zoneId, DateTimeOffset now, TransferPacker packer) =>
            new(new(zoneId, ContentKind.Primary, Contents.Serial, Contents.RecordCount, now) { Freshness = Freshness }, ZoneChunks.Pack(Contents, packer));
    }
}
