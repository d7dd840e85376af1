using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;

namespace ManagedDns.Store.Contents;

public delegate void RecordAction(in WireRecord record);

/// <summary>Reads the records of a zone from what the server keeps of it: chunks, and the difference sequences on top of them.</summary>
public static class KeptRecords
{
    /// <summary>All records of the version served: the published one where it differs from the primary's.</summary>
    /// <param name="enough">Asked between chunks whether the rest may be left out; it is read all the same where differences lie on top.</param>
    /// <returns>False where nothing is kept.</returns>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    public static bool Read(ContentsReader contents, long zoneId, RecordAction action, CancellationToken cancellation, Func<bool>? enough = null)
    {
        ArgumentNullException.ThrowIfNull(contents);
        return contents.AsOfOneMoment(() =>
        {
            var kept = contents.KindsOf(zoneId);
            var kind = kept.Contains(ContentKind.Published) ? ContentKind.Published : ContentKind.Primary;
            return kept.Count > 0 && Read(contents, zoneId, kind, action, cancellation, enough);
        });
    }

    /// <summary>All records of one kind of version: its chunks, with the differences on top of them.</summary>
    /// <param name="enough">As above.</param>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    public static bool Read(
        ContentsReader contents, long zoneId, ContentKind kind, RecordAction action, CancellationToken cancellation, Func<bool>? enough = null)
    {
        ArgumentNullException.ThrowIfNull(contents);
        var onTop = new RecordChanges();
        foreach (var step in contents.Journal(zoneId, kind).Where(step => !step.IsInChunks))
        {
            onTop.Take(step.Difference);
        }

        // The SOA comes first, whether it changed or not.
        Add(onTop.Added.Where(record => record.Type == RecordType.SOA), action);
        foreach (var chunk in contents.Read(zoneId, kind))
        {
            cancellation.ThrowIfCancellationRequested();
            if (enough?.Invoke() == true && onTop.Added.Count == 0)
            {
                return true;
            }

            ReadChunk(chunk.Span, (in WireRecord record) =>
            {
                if (!onTop.Deletes(record))
                {
                    action(record);
                }
            });
        }

        Add(onTop.Added.Where(record => record.Type != RecordType.SOA), action);
        return true;
    }

    private static void Add(IEnumerable<ResourceRecord> records, RecordAction action)
    {
        foreach (var record in records)
        {
            action(record.AsWire());
        }
    }

    private static void ReadChunk(ReadOnlySpan<byte> message, RecordAction action)
    {
        var reader = new MessageReader(message, stackalloc byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            action(record);
        }

        if (reader.Error != MessageError.None)
        {
            throw new InvalidDataException(reader.Error.ToString());
        }
    }
}
