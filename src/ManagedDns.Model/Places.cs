namespace ManagedDns.Model;

public enum ContentKind
{
    /// <summary>As received from a primary or read from a zone file.</summary>
    Primary,

    /// <summary>As served, where that differs: signed here.</summary>
    Published,
}

/// <summary>One kept version of a zone.</summary>
public sealed record StoredContent(long ZoneId, ContentKind Kind, uint Serial, long RecordCount, DateTimeOffset Written);

/// <summary>
/// Keeps zone contents in the form in which they are sent. A chunk is one DNS message of an AXFR answer: header with id 0, no question,
/// answers with compressed names, nothing else. The first record of the first chunk is the SOA; the closing SOA is not stored.
/// Losing everything here is safe: zones are transferred again. Implementations are thread-safe.
/// </summary>
public interface IContentStore
{
    IReadOnlyList<StoredContent> List();

    /// <summary>Replaces the version kept. All or nothing: a version is there only after this returned, and survives a power cut then.</summary>
    void Replace(StoredContent content, IEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken cancellation);

    /// <summary>The chunks in order. The memory is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    IEnumerable<ReadOnlyMemory<byte>> Read(long zoneId, ContentKind kind);

    /// <summary>Forgets a zone.</summary>
    void Remove(long zoneId);
}

/// <summary>Takes what the server observes. Calls return at once; writing is batched behind them. Implementations are thread-safe.</summary>
public interface IStatusSink
{
    void Report(ZoneStatus status);

    void Report(TransferReport report);
}
