namespace ManagedDns.Model;

/// <summary>
/// What leads from one version of a zone to the next: a difference sequence (RFC 1995) in the form in which it is sent and kept. A chunk is a DNS message
/// with answers only, at most 65,535 octets long; all chunks together are the old SOA, what is deleted, the new SOA, what is added.
/// </summary>
/// <param name="Deleted">The records deleted, the old SOA among them.</param>
/// <param name="Added">The records added, the new SOA among them.</param>
public sealed record Difference(uint FromSerial, uint ToSerial, IReadOnlyList<byte[]> Chunks, long Deleted, long Added)
{
    public long Bytes { get; } = Chunks.Sum(chunk => (long)chunk.Length);

    public long Records => Deleted + Added;
}

/// <summary>A difference sequence in the content store.</summary>
/// <param name="IsInChunks">Whether the zone's chunks have it in them already: then it is history.</param>
/// <param name="Written">When it came.</param>
public sealed record StoredDifference(Difference Difference, bool IsInChunks, DateTimeOffset Written);
