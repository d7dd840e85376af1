using ManagedDns.Model;
using ManagedDns.Store.Schema;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Contents;

/// <summary>Reads zone contents from one connection of its own; not thread-safe. The server may go on writing.</summary>
public sealed class ContentsReader : IDisposable
{
    private readonly Database _database;

    private ContentsReader(Database database) => _database = database;

    /// <exception cref="StoreException"><see cref="StoreError.NotFound"/>: the server has kept nothing yet. Damaged; of a newer version.</exception>
    public static ContentsReader Open(string folder)
    {
        var file = StoreFolder.ContentsFile(folder);
        if (!File.Exists(file))
        {
            throw new StoreException(
                StoreError.NotFound,
                $"The store in '{folder}' holds no zone contents yet.",
                "Start the server (Start-SecondaryServer) and let it transfer zones.")
            {
                Target = file,
            };
        }

        var database = Database.Open(file);
        try
        {
            Migrations.Contents.Apply(database);
            return new ContentsReader(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public IReadOnlyList<StoredContent> List() => List(_database, file: 0);

    /// <summary>What is kept of one zone.</summary>
    public IReadOnlyList<ContentKind> KindsOf(long zoneId) =>
        _database.Query($"SELECT kind FROM content WHERE zone_id = {zoneId}", row => row.Choice<ContentKind>(0));

    internal static IReadOnlyList<StoredContent> List(Database database, int file) => database.Query(
        $"""
        SELECT zone_id, kind, serial, record_count, written, last_success, expires_at,
            EXISTS (SELECT 1 FROM difference WHERE difference.zone_id = content.zone_id AND difference.kind = content.kind),
            id
        FROM content ORDER BY zone_id
        """,
        row => new StoredContent(row.GetInt64(0), row.Choice<ContentKind>(1), (uint)row.GetInt64(2), row.GetInt64(3), row.Time(4))
        {
            Freshness = row.IsDBNull(5) ? null : new Freshness(row.Time(5), row.Time(6)),
            HasJournal = row.Flag(7),
            Chunks = new(file, row.GetInt64(8)),
        });

    /// <summary>The difference sequences of a zone, oldest first; the last one leads to the version kept.</summary>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    public IReadOnlyList<StoredDifference> Journal(long zoneId, ContentKind kind) => DifferenceRows.Read(_database, zoneId, kind);

    /// <summary>Reads several things as of one moment, while the server may go on writing.</summary>
    public T AsOfOneMoment<T>(Func<T> read) => _database.InTransaction(write: false, read);

    /// <summary>The chunks of one moment's version, in order; none where nothing is kept.</summary>
    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Read(long zoneId, ContentKind kind)
    {
        // One statement, so one snapshot: a version that replaces this one meanwhile does not mix into it.
        var rows = _database.Stream(
            $"""
            SELECT content.id, content.chunk_count, chunk.number, chunk.checksum, chunk.data
            FROM content LEFT JOIN chunk ON chunk.content_id = content.id
            WHERE content.zone_id = {zoneId} AND content.kind = {kind} ORDER BY chunk.number
            """,
            row => (
                Id: row.GetInt64(0),
                Count: row.GetInt64(1),
                Number: row.Number(2),
                Checksum: row.Number(3),
                Data: row.IsDBNull(4) ? [] : row.GetFieldValue<byte[]>(4)));
        var (read, count) = (0, 0L);
        using var row = rows.GetEnumerator();
        while (Next(row, zoneId))
        {
            count = row.Current.Count;
            if (row.Current.Number != read || row.Current.Checksum != Checksum.Of(row.Current.Id, read, row.Current.Data))
            {
                throw Damaged(zoneId, $"chunk {read} of {count} is not what was written");
            }

            read++;
            yield return row.Current.Data;
        }

        if (read != count)
        {
            throw Damaged(zoneId, $"only {read} of {count} chunks are there");
        }
    }

    /// <summary>At most <paramref name="count"/> sound chunks of those that were written together, from number <paramref name="first"/> on.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Read(long contentId, int first, int count)
    {
        var rows = _database.Query(
            $"SELECT checksum, data FROM chunk WHERE content_id = {contentId} AND number >= {first} ORDER BY number LIMIT {count}",
            row => (Checksum: row.GetInt64(0), Data: row.GetFieldValue<byte[]>(1)));
        return [.. rows.TakeWhile((row, i) => row.Checksum == Checksum.Of(contentId, first + i, row.Data)).Select(row => (ReadOnlyMemory<byte>)row.Data)];
    }

    public void Dispose() => _database.Dispose();

    private static bool Next<T>(IEnumerator<T> rows, long zoneId)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (StoreException e) when (e.Error is StoreError.Damaged or StoreError.NotAStore)
        {
            throw Damaged(zoneId, e.Message, e);
        }
    }

    private static InvalidDataException Damaged(long zoneId, string how, Exception? inner = null) =>
        new($"The kept contents of zone {zoneId} are damaged: {how}.", inner);
}
