using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace ManagedDns.Settings;

/// <summary>
/// The versions of a zone that the server keeps: the newest one, those that its difference sequences lead back to, and one that was rejected.
/// </summary>
internal static class ZoneHistory
{
    /// <summary>Newest first; the rejected one, where there is one, before all.</summary>
    public static IReadOnlyList<ZoneVersionInfo> List(string folder, ManagedZone zone, ZoneStatus? status) => Read(folder, zone, contents =>
    {
        var kept = contents.List().Where(content => content.ZoneId == zone.Id).ToList();
        var name = zone.Name.ToDisplayString();
        List<ZoneVersionInfo> versions = [.. kept.Where(content => content.Kind == ContentKind.Rejected).Select(content => new ZoneVersionInfo
        {
            Zone = name,
            Serial = content.Serial,
            State = ZoneVersionState.Rejected,
            RecordCount = content.RecordCount,
            Received = content.Written.UtcDateTime,
            Message = status?.LastFailure is { Reason: FailureReason.RejectedContent } failure ? failure.Message : null,
        })];
        if (kept.FirstOrDefault(content => content.Kind == ContentKind.Primary) is not { } newest)
        {
            return versions;
        }

        var (serial, count, state) = (newest.Serial, newest.RecordCount, ZoneVersionState.Current);
        foreach (var step in contents.Journal(zone.Id, ContentKind.Primary).Reverse())
        {
            versions.Add(new()
            {
                Zone = name,
                Serial = serial,
                State = state,
                RecordCount = count,
                Added = step.Difference.Added,
                Removed = step.Difference.Deleted,
                Received = step.Written.UtcDateTime,
            });
            (serial, count, state) = (step.Difference.FromSerial, count - step.Difference.Added + step.Difference.Deleted, ZoneVersionState.Earlier);
        }

        versions.Add(new()
        {
            Zone = name,
            Serial = serial,
            State = state,
            RecordCount = count,
            Received = state == ZoneVersionState.Current ? newest.Written.UtcDateTime : null,
        });
        return versions;
    });

    /// <param name="from">Null: the version before <paramref name="to"/>.</param>
    /// <param name="to">Null: the newest.</param>
    /// <returns>Null where one of the versions is not known.</returns>
    public static RecordChanges? Between(string folder, ManagedZone zone, uint? from, uint? to) => Read(folder, zone, contents =>
    {
        var steps = contents.Journal(zone.Id, ContentKind.Primary).Select(step => step.Difference).ToList();
        var last = to is null ? steps.Count - 1 : steps.FindLastIndex(step => step.ToSerial == to);
        var first = from is null ? last : steps.FindIndex(step => step.FromSerial == from);
        if (last < 0 || first < 0 || first > last)
        {
            return null;
        }

        var changes = new RecordChanges();
        foreach (var step in steps[first..(last + 1)])
        {
            changes.Take(step);
        }

        return changes;
    });

    /// <summary>What publishing the rejected version would change; null where there is none.</summary>
    public static RecordChanges? ToRejected(string folder, ManagedZone zone, CancellationToken cancellation) => Read(folder, zone, contents =>
    {
        if (!contents.List().Any(content => content.ZoneId == zone.Id && content.Kind == ContentKind.Rejected))
        {
            return null;
        }

        var changes = new RecordChanges();
        KeptRecords.Read(contents, zone.Id, ContentKind.Primary, (in WireRecord record) => changes.Delete(ResourceRecord.From(record)), cancellation);
        KeptRecords.Read(contents, zone.Id, ContentKind.Rejected, (in WireRecord record) => changes.Add(ResourceRecord.From(record)), cancellation);
        return changes;
    });

    /// <exception cref="DnsFailureException">What is kept is damaged.</exception>
    private static T Read<T>(string folder, ManagedZone zone, Func<ContentsReader, T> read)
    {
        try
        {
            using var contents = ContentsReader.Open(folder);
            return contents.AsOfOneMoment(() => read(contents));
        }
        catch (StoreException e) when (e.Error == StoreError.NotFound)
        {
            throw ZoneRecords.NothingKept(zone);
        }
        catch (InvalidDataException e)
        {
            throw ZoneRecords.Damaged(zone, e);
        }
    }
}
