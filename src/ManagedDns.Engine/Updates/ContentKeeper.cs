using System.Collections.Immutable;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// Carries published versions to the content store behind the server's back: in order per zone, the newest of a zone only, many zones in one
/// transaction, by their differences where these are known. What cannot be written is tried again until it can, or until a newer version takes its
/// place.
/// </summary>
internal sealed class ContentKeeper : IAsyncDisposable
{
    // A transaction of small zones ends here, so that a crash loses little and readers see progress.
    private const int MostZones = 1000;
    private const long MostRecords = 200_000;

    /// <summary>Differences that are no longer than this are worth keeping, however small the zone.</summary>
    private const int LeastBytes = 16384;

    private static readonly TimeSpan s_confirmDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Version> _versions = [];
    private readonly ContentKind _kind;
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

    /// <param name="kind">What its versions are to their zones.</param>
    public ContentKeeper(IContentStore store, TimeProvider time, ILogger logger, ContentKind kind = ContentKind.Primary)
    {
        _kind = kind;
        _store = store;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => _work.Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _worker = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Keeps a version, which it takes over.</summary>
    /// <param name="steps">What leads to it from the version before; empty where that is not known.</param>
    /// <param name="kept">
    /// Given the version once it survives a power cut, with its chunks and what was put on top of them now; never called, if a newer one takes its place
    /// first.
    /// </param>
    public void Keep(long zoneId, ZoneContents version, ImmutableArray<Difference> steps, Freshness? freshness, Action<ZoneContents, KeptChunks> kept)
    {
        lock (_gate)
        {
            var newer = new Version(version, steps, freshness, kept);
            if (_versions.Remove(zoneId, out var older))
            {
                newer = newer.After(older);
                older.Contents.Dispose();
            }

            _confirmed.Remove(zoneId);
            _removed.Remove(zoneId);
            _versions[zoneId] = newer;
        }

        _work.Release();
    }

    /// <summary>Keeps a version, which it takes over, that the store has lost; not where one waits to be kept anyhow.</summary>
    public void KeepAgain(long zoneId, ZoneContents version, Freshness? freshness)
    {
        lock (_gate)
        {
            if (!_versions.TryAdd(zoneId, new Version(version, [], freshness, (kept, _) => kept.Dispose())))
            {
                version.Dispose();
            }
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

        Dictionary<long, KeptChunks> chunks;
        try
        {
            chunks = Write(removed, confirmed, versions);
        }
        catch (Exception e)
        {
            // A full disk, a locked file: whatever it is, the zones are served all the same, and it is tried again.
            _logger.LogError(
                e, "{Zones} zones could not be written to the content store: {Message} Next try in {Delay}.", versions.Count, e.Message, s_retryDelay);
            PutBack(removed, confirmed, versions);
            return false;
        }

        foreach (var (zoneId, version) in versions)
        {
            version.Kept(version.Contents, chunks[zoneId]);
        }

        return true;
    }

    /// <returns>How each version lies in the store now.</returns>
    private Dictionary<long, KeptChunks> Write(HashSet<long> removed, Dictionary<long, Freshness> confirmed, Dictionary<long, Version> versions)
    {
        if (removed.Count > 0)
        {
            _store.Remove(removed);
        }

        var chunks = versions.Count > 0 ? Write(versions) : [];
        if (confirmed.Count > 0)
        {
            _store.Confirm(confirmed);
        }

        return chunks;
    }

    private Dictionary<long, KeptChunks> Write(Dictionary<long, Version> versions)
    {
        var now = _time.GetUtcNow();
        var kept = new Dictionary<long, KeptChunks>();
        if (versions.Where(pair => !pair.Value.Steps.IsEmpty).ToList() is { Count: > 0 } changed)
        {
            var sets = _store.Append([.. changed.Select(pair => pair.Value.ToAppend(pair.Key, _kind, now))], _abort.Token);
            foreach (var ((zoneId, version), set) in changed.Zip(sets))
            {
                if (set is { } chunks)
                {
                    kept.Add(zoneId, new(chunks, version.Steps));
                }
            }
        }

        if (versions.Where(pair => !kept.ContainsKey(pair.Key)).ToList() is { Count: > 0 } whole)
        {
            var sets = _store.Replace([.. whole.Select(pair => pair.Value.ToKeep(pair.Key, _kind, now, _packer))], _abort.Token);
            foreach (var ((zoneId, _), set) in whole.Zip(sets))
            {
                kept.Add(zoneId, new(set, []));
            }
        }

        return kept;
    }

    private Dictionary<long, Version> TakeVersions()
    {
        var taken = new Dictionary<long, Version>();
        var records = 0L;
        foreach (var (zoneId, version) in _versions)
        {
            records += version.Records;
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
                if (_removed.Contains(zoneId))
                {
                    version.Contents.Dispose();
                }
                else if (_versions.TryGetValue(zoneId, out var newer))
                {
                    _versions[zoneId] = newer.After(version);
                    version.Contents.Dispose();
                }
                else
                {
                    _versions.Add(zoneId, version);
                }
            }
        }

        _timer.Change(s_retryDelay, Timeout.InfiniteTimeSpan);
    }

    private sealed record Version(
        ZoneContents Contents, ImmutableArray<Difference> Steps, Freshness? Freshness, Action<ZoneContents, KeptChunks> Kept)
    {
        /// <summary>What there is to write.</summary>
        public long Records => Steps.IsEmpty ? Contents.RecordCount : Steps.Sum(step => step.Records);

        /// <summary>
        /// This version where an older one was not written: both ways together lead to it, unless they are longer than the zone. Where only the last step
        /// is known, the store will not take it for more than history.
        /// </summary>
        public Version After(Version older)
        {
            var isWay = !Steps.IsEmpty && !older.Steps.IsEmpty && older.Steps[^1].ToSerial == Steps[0].FromSerial;
            var steps = isWay ? older.Steps.AddRange(Steps) : Steps;
            return this with { Steps = steps.Sum(step => step.Bytes) <= Math.Max(Contents.MemoryUsed, LeastBytes) ? steps : [] };
        }

        public ContentStep ToAppend(long zoneId, ContentKind kind, DateTimeOffset now) => new(Describe(zoneId, kind, now), Steps);

        public ContentVersion ToKeep(long zoneId, ContentKind kind, DateTimeOffset now, TransferPacker packer) =>
            new(Describe(zoneId, kind, now), ZoneChunks.Pack(Contents, packer)) { Steps = Steps };

        private StoredContent Describe(long zoneId, ContentKind kind, DateTimeOffset now) =>
            new(zoneId, kind, Contents.Serial, Contents.RecordCount, now) { Freshness = Freshness };
    }
}
