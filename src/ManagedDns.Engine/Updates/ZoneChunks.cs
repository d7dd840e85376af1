using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
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

    /// <exception cref="InvalidDataException">The chunks are damaged or are not the version that was described.</exception>
    public static ZoneContents Load(DomainName apex, StoredContent described, IEnumerable<ReadOnlyMemory<byte>> chunks)
    {
        using var builder = new ZoneBuilder(apex);
        var scratch = new byte[MessageReader.ScratchLength];
        ZoneContents zone;
        try
        {
            foreach (var chunk in chunks)
            {
                Add(builder, chunk.Span, scratch);
            }

            zone = builder.Build();
        }
        catch (DnsFailureException e)
        {
            throw new InvalidDataException(e.Failure.Message, e);
        }

        if (zone.Serial == described.Serial && zone.RecordCount == described.RecordCount)
        {
            return zone;
        }

        using (zone)
        {
            throw new InvalidDataException(
                $"Serial {described.Serial} with {described.RecordCount} records was written, serial {zone.Serial} with {zone.RecordCount} was read.");
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
