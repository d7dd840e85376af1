using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace ManagedDns.Settings;

internal delegate void RecordAction(in WireRecord record);

/// <summary>Reads all records of a zone as it is served: from what the server keeps, or from the zone's master file.</summary>
internal static class ZoneRecords
{
    /// <exception cref="DnsFailureException">Nothing is kept of the zone, or it is damaged.</exception>
    public static void Read(string folder, ManagedZone zone, RecordAction action, CancellationToken cancellation)
    {
        if (ReadKept(folder, zone, action, cancellation))
        {
            return;
        }

        if (zone.ZoneFile is null)
        {
            throw NothingKept(zone);
        }

        try
        {
            using var reader = ZoneFileReader.Open(zone.ZoneFile, zone.Name);
            while (reader.Read())
            {
                cancellation.ThrowIfCancellationRequested();
                action(reader.Current);
            }
        }
        catch (ZoneFileException e)
        {
            throw new DnsFailureException(e.ToFailure(), e);
        }
    }

    public static DnsFailureException NothingKept(ManagedZone zone) => new(new Failure(
        FailureReason.NotLoaded, null, $"Nothing of {zone.Name.ToDisplayString()} has been transferred yet.",
        $"Get-ZoneProxy -Name {zone.Name.ToDisplayString()} shows why; the server must run (Start-SecondaryServer) and the proxy be on (Enable-ZoneProxy)."));

    public static DnsFailureException Damaged(ManagedZone zone, InvalidDataException e) => new(
        new Failure(
            FailureReason.Malformed, null, $"What is kept of {zone.Name.ToDisplayString()} is damaged: {e.Message}",
            $"Transfer it again: Start-ZoneTransfer -Zone {zone.Name.ToDisplayString()} -Full."),
        e);

    private static bool ReadKept(string folder, ManagedZone zone, RecordAction action, CancellationToken cancellation)
    {
        try
        {
            using var contents = ContentsReader.Open(folder);
            var kept = contents.List().Where(content => content.ZoneId == zone.Id).ToArray();
            if (kept.Length == 0)
            {
                return false;
            }

            var kind = kept.Any(content => content.Kind == ContentKind.Published) ? ContentKind.Published : ContentKind.Primary;
            contents.AsOfOneMoment(() => ReadKept(contents, zone.Id, kind, action, cancellation));
            return true;
        }
        catch (StoreException e) when (e.Error == StoreError.NotFound)
        {
            return false;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(zone, e);
        }
    }

    /// <summary>Reads a version: its chunks, with the differences on top of them.</summary>
    public static bool ReadKept(ContentsReader contents, long zoneId, ContentKind kind, RecordAction action, CancellationToken cancellation)
    {
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
