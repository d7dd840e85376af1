using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>Zone contents as the content store keeps them (see <see cref="IContentStore"/>), both ways.</summary>
internal static class ZoneChunks
{
    /// <summary>The chunks of a version, made one after another in <paramref name="chunk"/>.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pack(ZoneContents zone, TransferPacker chunk)
    {
        using var records = new ZonePacker(zone, closingSoa: false);
        while (!records.IsDone)
        {
            chunk.Begin(0, MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag);
            records.Fill(chunk);
            yield return chunk.Message;
        }
    }

    /// <param name="journal">The sequences that came with the chunks, history among them.</param>
    /// <exception cref="InvalidDataException">What was kept is damaged or is not the version that was described.</exception>
    public static KeptVersion Load(
        DomainName apex, StoredContent described, IEnumerable<ReadOnlyMemory<byte>> chunks, IReadOnlyList<StoredDifference> journal)
    {
        ZoneContents zone;
        ImmutableArray<Difference> onTop = [.. journal.Where(step => !step.IsInChunks).Select(step => step.Difference)];
        try
        {
            zone = Load(apex, chunks, onTop);
        }
        catch (DnsFailureException e)
        {
            throw new InvalidDataException(e.Failure.Message, e);
        }

        if (zone.Serial == described.Serial && zone.RecordCount == described.RecordCount)
        {
            return new(
                zone,
                Journal.Empty.Append([.. journal.Select(step => step.Difference)], zone.MemoryUsed),
                described.Chunks is { } set ? KeptChunks.Of(set, onTop, zone.RecordCount) : null);
        }

        using (zone)
        {
            throw new InvalidDataException(
                $"Serial {described.Serial} with {described.RecordCount} records was written, serial {zone.Serial} with {zone.RecordCount} was read.");
        }
    }

    private static ZoneContents Load(DomainName apex, IEnumerable<ReadOnlyMemory<byte>> chunks, ImmutableArray<Difference> onTop)
    {
        using var builder = new ZoneBuilder(apex);
        var scratch = new byte[MessageReader.ScratchLength];
        foreach (var chunk in chunks)
        {
            Add(builder, chunk.Span, scratch);
        }

        var zone = builder.Build();
        if (onTop.IsEmpty)
        {
            return zone;
        }

        using (zone)
        {
            return DifferenceReplay.Apply(zone, onTop);
        }
    }

    private static void Add(ZoneBuilder builder, ReadOnlySpan<byte> chunk, Span<byte> scratch)
    {
        var reader = new MessageReader(chunk, scratch);
        while (reader.TryReadRecord(out var record))
        {
            builder.Add(record);
        }

        if (reader.Error != MessageError.None)
        {
            throw new InvalidDataException($"A chunk cannot be read: {reader.Error}.");
        }
    }
}
