namespace ManagedDns.Model;

public enum ContentKind
{
    /// <summary>As received from a primary or read from a zone file.</summary>
    Primary,

    /// <summary>As served, where that differs: signed here.</summary>
    Published,

    /// <summary>As received last and rejected by a check: for inspection, and to be published if the operator says so.</summary>
    Rejected,
}

/// <summary>One kept version of a zone.</summary>
public sealed record StoredContent(long ZoneId, ContentKind Kind, uint Serial, long RecordCount, DateTimeOffset Written)
{
    /// <summary>How long the version may be served without a primary; null: for ever (a zone file's).</summary>
    public Freshness? Freshness { get; init; }

    /// <summary>Whether there are difference sequences beside the chunks: history, or what comes on top of them.</summary>
    public bool HasJournal { get; init; }

    /// <summary>The chunks, without the differences on top of them; null of a version that is not in a store yet.</summary>
    public ChunkSet? Chunks { get; init; }
}

/// <summary>Names the chunks of one version as long as they are kept, and nothing else afterwards.</summary>
/// <param name="File">Counts the files that the store has begun since it was opened: numbers begin anew in each.</param>
public readonly record struct ChunkSet(int File, long Number);

/// <summary>When a primary last delivered or confirmed a zone's version, and when that confirmation ends. UTC: it outlives the process.</summary>
public sealed record Freshness(DateTimeOffset LastSuccess, DateTimeOffset ExpiresAt);

/// <summary>A whole version to keep: its description and its chunks. The chunks' memory is valid until the next one is asked for.</summary>
public sealed record ContentVersion(StoredContent Content, IEnumerable<ReadOnlyMemory<byte>> Chunks)
{
    /// <summary>What leads to it from the version kept before; empty where that is not known: then the history begins anew.</summary>
    public IReadOnlyList<Difference> Steps { get; init; } = [];
}

/// <summary>A version to keep by the difference sequences, at least one, that lead to it from the version kept before.</summary>
public sealed record ContentStep(StoredContent Content, IReadOnlyList<Difference> Steps);

/// <summary>
/// Keeps zone contents in the form in which they are sent. A chunk is one DNS message of an AXFR answer: header with id 0, no question,
/// answers with compressed names, nothing else. The first record of the first chunk is the SOA; the closing SOA is not stored. Small changes are kept as
/// the difference sequences that brought them, on top of the chunks, until these outgrow a share of the zone; the newest stay as history.
/// Losing everything here is safe: zones are transferred again. Implementations are thread-safe.
/// Calls take many zones at once, so that ten thousand small zones cost a few transactions.
/// </summary>
public interface IContentStore
{
    IReadOnlyList<StoredContent> List();

    /// <summary>
    /// Replaces the versions kept, in one transaction. All or nothing: they are there only after this returned, and survive a power cut then.
    /// </summary>
    /// <returns>The chunks of each version, in the same order.</returns>
    IReadOnlyList<ChunkSet> Replace(IReadOnlyList<ContentVersion> versions, CancellationToken cancellation);

    /// <summary>
    /// Adds to the versions kept, in one transaction, under the same promise. The cost follows the change, not the zone.
    /// </summary>
    /// <returns>
    /// For each version, in the same order, the chunks that it lies on top of; null where that cannot be, because another version is kept, or none, or
    /// the sequences have outgrown their share: keep these whole.
    /// </returns>
    IReadOnlyList<ChunkSet?> Append(IReadOnlyList<ContentStep> versions, CancellationToken cancellation);

    /// <summary>Notes for each zone id that its version (of <see cref="ContentKind.Primary"/>) was confirmed; zones that have none are passed over.</summary>
    void Confirm(IReadOnlyDictionary<long, Freshness> zones);

    /// <summary>The difference sequences, oldest first, each beginning where the one before ends, the last one at the version kept.</summary>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    IReadOnlyList<StoredDifference> Journal(long zoneId, ContentKind kind);

    /// <summary>The chunks in order, without the sequences on top of them. The memory is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    IEnumerable<ReadOnlyMemory<byte>> Read(long zoneId, ContentKind kind);

    /// <summary>
    /// At most <paramref name="count"/> chunks from number <paramref name="first"/> on, without differences on top. None where there are no more, and where they are
    /// kept no longer, cannot be read or are damaged: to be used by who has the version in memory too.
    /// </summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Read(ChunkSet chunks, int first, int count);

    /// <summary>Forgets zones.</summary>
    /// <param name="kind">What to forget of them; null: everything.</param>
    void Remove(IReadOnlyCollection<long> zoneIds, ContentKind? kind = null);
}

/// <summary>Takes what the server observes. Calls return at once; writing is batched behind them. Implementations are thread-safe.</summary>
public interface IStatusSink
{
    void Report(ZoneStatus status);

    void Report(TransferReport report);

    void Report(SigningStatus status);

    void Report(TsigKeyUse use);
}
