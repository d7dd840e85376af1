using System.Collections.Immutable;
using ManagedDns.Engine.Refresh;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>How a version lies in the content store: as the chunks of an earlier one, or of itself, with what has changed since. Immutable.</summary>
/// <param name="OnTop">
/// What leads from the version that the chunks are to this one, each step beginning where the one before ends; none: they are this one.
/// </param>
internal sealed record KeptChunks(ChunkSet Set, ImmutableArray<Difference> OnTop)
{
    /// <summary>Where more records have changed, hardly a chunk is without a change: the differences would be held in memory for nothing.</summary>
    private const int RecordsPerChange = 256;

    /// <summary>Null where too much has changed for the chunks to be of use.</summary>
    public static KeptChunks? Of(ChunkSet set, ImmutableArray<Difference> onTop, long recordCount) =>
        onTop.Sum(step => step.Records) <= recordCount / RecordsPerChange ? new(set, onTop) : null;

    /// <summary>This, as it was written last, on top of the version that was kept before. Null where it does not continue that one.</summary>
    public KeptChunks? After(KeptVersion? before, long recordCount)
    {
        if (OnTop.IsEmpty)
        {
            return this;
        }

        return before?.Chunks is { } chunks && chunks.Set == Set && before.Contents.Serial == OnTop[0].FromSerial
            ? Of(Set, chunks.OnTop.AddRange(OnTop), recordCount)
            : null;
    }
}
