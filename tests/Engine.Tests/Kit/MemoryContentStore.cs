using System.Collections.Concurrent;
using ManagedDns.Model;
using ManagedDns.TestKit;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>A content store without a disk, which can be told to fail.</summary>
internal sealed class MemoryContentStore : IContentStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long Zone, ContentKind Kind), (StoredContent Content, List<byte[]> Chunks, List<StoredDifference> Journal)> _kept = [];

    private long _sets;

    /// <summary>Thrown by every write while it is set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>A slow disk: writes wait for it.</summary>
    public ManualResetEventSlim Ready { get; } = new(true);

    /// <summary>What is slow to write; null: everything.</summary>
    public ContentKind? Slow { get; set; }

    /// <summary>Done once a write has failed.</summary>
    public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The numbers of zones that came in one transaction.</summary>
    public ConcurrentQueue<int> Transactions { get; } = new();

    public IReadOnlyList<StoredContent> List()
    {
        lock (_gate)
        {
            return [.. _kept.Values.Select(entry => entry.Content)];
        }
    }

    public IReadOnlyList<ChunkSet> Replace(IReadOnlyList<ContentVersion> versions, CancellationToken cancellation)
    {
        ThrowIfFaulty();
        WaitUntilReady(versions[0].Content.Kind, cancellation);
        var copies = versions.Select(version => (
            Content: version.Content with { HasJournal = version.Steps.Count > 0, Chunks = new(0, Interlocked.Increment(ref _sets)) },
            version.Chunks.Select(chunk => chunk.ToArray()).ToList(),
            version.Steps.Select(step => new StoredDifference(step, IsInChunks: true, version.Content.Written)).ToList())).ToList();
        lock (_gate)
        {
            foreach (var copy in copies)
            {
                _kept[(copy.Content.ZoneId, copy.Content.Kind)] = copy;
            }
        }

        Transactions.Enqueue(versions.Count);
        return [.. copies.Select(copy => copy.Content.Chunks!.Value)];
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Read(ChunkSet chunks, int first, int count)
    {
        lock (_gate)
        {
            var kept = _kept.Values.FirstOrDefault(entry => entry.Content.Chunks == chunks).Chunks ?? [];
            return [.. kept.Skip(first).Take(count).Select(chunk => (ReadOnlyMemory<byte>)chunk)];
        }
    }

    /// <summary>Which zones were kept by their differences.</summary>
    public ConcurrentQueue<long> Appended { get; } = new();

    public IReadOnlyList<ChunkSet?> Append(IReadOnlyList<ContentStep> versions, CancellationToken cancellation)
    {
        ThrowIfFaulty();
        WaitUntilReady(versions[0].Content.Kind, cancellation);
        var sets = new List<ChunkSet?>();
        lock (_gate)
        {
            foreach (var (content, steps) in versions)
            {
                if (_kept.TryGetValue((content.ZoneId, content.Kind), out var entry) && entry.Content.Serial == steps[0].FromSerial)
                {
                    entry.Journal.AddRange(steps.Select(step => new StoredDifference(step, IsInChunks: false, content.Written)));
                    var kept = content with { HasJournal = true, Chunks = entry.Content.Chunks };
                    _kept[(content.ZoneId, content.Kind)] = (kept, entry.Chunks, entry.Journal);
                    Appended.Enqueue(content.ZoneId);
                    sets.Add(entry.Content.Chunks);
                }
                else
                {
                    sets.Add(null);
                }
            }
        }

        return sets;
    }

    public IReadOnlyList<StoredDifference> Journal(long zoneId, ContentKind kind)
    {
        lock (_gate)
        {
            return _kept.TryGetValue((zoneId, kind), out var entry) ? [.. entry.Journal] : [];
        }
    }

    public void Confirm(IReadOnlyDictionary<long, Freshness> zones)
    {
        ThrowIfFaulty();
        lock (_gate)
        {
            foreach (var (zoneId, freshness) in zones)
            {
                if (_kept.TryGetValue((zoneId, ContentKind.Primary), out var entry))
                {
                    _kept[(zoneId, ContentKind.Primary)] = (entry.Content with { Freshness = freshness }, entry.Chunks, entry.Journal);
                }
            }
        }
    }

    public IEnumerable<ReadOnlyMemory<byte>> Read(long zoneId, ContentKind kind)
    {
        lock (_gate)
        {
            return _kept.TryGetValue((zoneId, kind), out var entry) ? [.. entry.Chunks.Select(chunk => (ReadOnlyMemory<byte>)chunk)] : [];
        }
    }

    public void Remove(IReadOnlyCollection<long> zoneIds, ContentKind? kind = null)
    {
        ThrowIfFaulty();
        lock (_gate)
        {
            foreach (var zoneId in zoneIds)
            {
                foreach (var key in _kept.Keys.Where(key => key.Zone == zoneId && (kind ?? key.Kind) == key.Kind).ToList())
                {
                    _kept.Remove(key);
                }
            }
        }
    }

    /// <summary>Waits until something of the zone is kept.</summary>
    public Task HasAsync(long zoneId) => HoldsAsync(kept => kept.Any(content => content.ZoneId == zoneId));

    /// <summary>Waits until what is kept is as a test wants it.</summary>
    public async Task HoldsAsync(Func<IReadOnlyList<StoredContent>, bool> wanted)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Eventually.Bound);
        while (!wanted(List()))
        {
            await timer.WaitForNextTickAsync(bound.Token);
        }
    }

    /// <summary>Forgets all, as a disk does that was swapped.</summary>
    public void Lose()
    {
        lock (_gate)
        {
            _kept.Clear();
        }
    }

    /// <summary>Has nothing more of the chunks from this one on, as where it is damaged.</summary>
    public void Cut(long zoneId, int chunk)
    {
        lock (_gate)
        {
            var chunks = _kept[(zoneId, ContentKind.Primary)].Chunks;
            chunks.RemoveRange(chunk, chunks.Count - chunk);
        }
    }

    /// <summary>Flips a bit of what is kept.</summary>
    public void Damage(long zoneId)
    {
        lock (_gate)
        {
            _kept[(zoneId, ContentKind.Primary)].Chunks[0][20] ^= 0xC0;
        }
    }

    private void WaitUntilReady(ContentKind kind, CancellationToken cancellation)
    {
        if (Slow is null || Slow == kind)
        {
            Ready.Wait(cancellation);
        }
    }

    private void ThrowIfFaulty()
    {
        if (Fault is { } fault)
        {
            Failed.TrySetResult();
            throw fault;
        }
    }
}
