using System.Collections.Concurrent;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store.Schema;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Contents;

/// <summary>
/// Zone contents in a database file of their own, written by one server. What is here can be transferred again: a file that is damaged, or was
/// written for another store's zones, is set aside as <c>contents.db.damaged</c> and a new one begun; one of a schema that is not known here as
/// <c>contents.db.other-schema</c>. Thread-safe: one writer, any number of readers.
/// </summary>
public sealed class ContentsDatabase : IContentStore, IDisposable
{
    /// <summary>Measured: 60 MB in 140 ms of CPU (4 KB pages: 280), ten thousand small zones in 300 (64 KB pages: 600).</summary>
    private const int PageSize = 16384;

    /// <summary>
    /// What comes on top of a zone's chunks is no longer than a quarter of them: replaying a change costs about four times what reading it does, so a
    /// start takes at most twice as long. Small zones may have more, to be written whole less often.
    /// </summary>
    private const int ShareOnTop = 4;
    private const int LeastOnTop = PageSize;

    private const string Suffix = ".damaged";
    private const string OtherSchemaSuffix = ".other-schema";

    private readonly Lock _writing = new();
    private readonly ConcurrentBag<ContentsReader> _readers = [];
    private readonly string _folder;
    private readonly string _identity;
    private readonly Action<string> _setAside;
    private Database? _open;
    private volatile StoreException? _refused;
    private volatile string? _lost;
    private int _epoch;

    /// <param name="setAside">Told, in a sentence, when a file was set aside.</param>
    /// <exception cref="StoreException">No access.</exception>
    public ContentsDatabase(ManagedDnsStore store, Action<string> setAside)
    {
        _folder = store.Folder;
        _identity = store.Identity;
        _setAside = setAside;
        _open = OpenOrBegin();
    }

    /// <summary>
    /// Why nothing can be written now; else, that a file was set aside, for as long as it lies there: who looks after the machine should know. Null:
    /// all is well.
    /// </summary>
    public Failure? Trouble
    {
        get
        {
            if (_refused is { } refused)
            {
                return new(
                    refused.Error == StoreError.Full ? FailureReason.StoreFull : FailureReason.StoreFailed, null,
                    $"New versions of zones are served, but cannot be kept for a restart: {refused.Message}", refused.Remedy);
            }

            var aside = StoreFolder.ContentsFile(_folder) + Suffix;
            return !File.Exists(aside) ? null : new(
                FailureReason.ContentsDamaged, null,
                _lost ?? $"What was kept of zones could not be read at an earlier start, was set aside as '{aside}', and its zones were transferred again.",
                $"Check the disk; then remove '{aside}'.");
        }
    }

    /// <summary>Opened again where a new file could not be begun when the old one was set aside.</summary>
    private Database Database => _open ??= OpenOrBegin();

    public IReadOnlyList<StoredContent> List() => Run(write: false, () => ContentsReader.List(Database, _epoch));

    public IEnumerable<ReadOnlyMemory<byte>> Read(long zoneId, ContentKind kind)
    {
        var epoch = _epoch;
        var reader = Rent();
        try
        {
            foreach (var chunk in reader.Read(zoneId, kind))
            {
                yield return chunk;
            }
        }
        finally
        {
            Return(reader, epoch);
        }
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Read(ChunkSet chunks, int first, int count)
    {
        var epoch = Volatile.Read(ref _epoch);
        if (chunks.File != epoch)
        {
            return [];
        }

        try
        {
            var reader = Rent();
            try
            {
                var read = reader.Read(chunks.Number, first, count);
                return epoch == Volatile.Read(ref _epoch) ? read : [];
            }
            finally
            {
                Return(reader, epoch);
            }
        }
        catch (StoreException)
        {
            // Who writes next meets the same, and tells of it.
            return [];
        }
    }

    public IReadOnlyList<ChunkSet> Replace(IReadOnlyList<ContentVersion> versions, CancellationToken cancellation) =>
        Run<IReadOnlyList<ChunkSet>>(write: true, () => [.. versions.Select(version => new ChunkSet(_epoch, Replace(version, cancellation)))]);

    public IReadOnlyList<ChunkSet?> Append(IReadOnlyList<ContentStep> versions, CancellationToken cancellation) =>
        Run<IReadOnlyList<ChunkSet?>>(write: true, () =>
            [.. versions.Select(version => TryAppend(version, cancellation) is { } id ? new ChunkSet(_epoch, id) : (ChunkSet?)null)]);

    public IReadOnlyList<StoredDifference> Journal(long zoneId, ContentKind kind)
    {
        var epoch = _epoch;
        var reader = Rent();
        try
        {
            return reader.Journal(zoneId, kind);
        }
        finally
        {
            Return(reader, epoch);
        }
    }

    public void Confirm(IReadOnlyDictionary<long, Freshness> zones) => Write(() =>
    {
        foreach (var (zoneId, freshness) in zones)
        {
            Database.Execute(
                $"""
                UPDATE content SET last_success = {freshness.LastSuccess}, expires_at = {freshness.ExpiresAt}
                WHERE zone_id = {zoneId} AND kind = {ContentKind.Primary}
                """);
        }
    });

    public void Remove(IReadOnlyCollection<long> zoneIds, ContentKind? kind = null) => Write(() =>
    {
        foreach (var zoneId in zoneIds)
        {
            Database.Execute($"DELETE FROM content WHERE zone_id = {zoneId} AND kind = coalesce({kind}, kind)");
            Database.Execute($"DELETE FROM difference WHERE zone_id = {zoneId} AND kind = coalesce({kind}, kind)");
        }
    });

    public void Dispose()
    {
        lock (_writing)
        {
            DropReaders();
            _open?.Dispose();
        }
    }

    private long Replace(ContentVersion version, CancellationToken cancellation)
    {
        var content = version.Content;
        var before = Database.Number(
            $"DELETE FROM content WHERE zone_id = {content.ZoneId} AND kind = {content.Kind} RETURNING serial");
        if (version.Steps.Count == 0 || before != version.Steps[0].FromSerial)
        {
            DifferenceRows.Clear(Database, content.ZoneId, content.Kind);
        }

        DifferenceRows.Add(Database, content, version.Steps);
        var newest = DifferenceRows.Newest(Database, content.ZoneId, content.Kind);
        DifferenceRows.Trim(Database, content.ZoneId, content.Kind, newest);
        var id = Database.Number(
            $"""
            INSERT INTO content (
                zone_id, kind, serial, record_count, chunk_count, chunk_bytes, chunks_have, bytes_on_top, written, last_success, expires_at)
            VALUES ({content.ZoneId}, {content.Kind}, {content.Serial}, {content.RecordCount}, {0}, {0}, {newest}, {0}, {content.Written},
                {content.Freshness?.LastSuccess}, {content.Freshness?.ExpiresAt}) RETURNING id
            """)!.Value;
        var number = 0;
        var bytes = 0L;
        foreach (var chunk in version.Chunks)
        {
            cancellation.ThrowIfCancellationRequested();
            var checksum = Checksum.Of(id, number, chunk.Span);
            Database.Execute($"INSERT INTO chunk (content_id, number, checksum, data) VALUES ({id}, {number}, {checksum}, {chunk.ToArray()})");
            number++;
            bytes += chunk.Length;
        }

        Database.Execute($"UPDATE content SET chunk_count = {number}, chunk_bytes = {bytes} WHERE id = {id}");
        return id;
    }

    /// <returns>The id of the content; null where it does not take these.</returns>
    private long? TryAppend(ContentStep version, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (content, steps) = (version.Content, version.Steps);
        var bytes = steps.Sum(step => step.Bytes);
        var updated = Database.Query(
            $"""
            UPDATE content SET serial = {content.Serial}, record_count = {content.RecordCount}, bytes_on_top = bytes_on_top + {bytes},
                written = {content.Written}, last_success = {content.Freshness?.LastSuccess}, expires_at = {content.Freshness?.ExpiresAt}
            WHERE zone_id = {content.ZoneId} AND kind = {content.Kind} AND serial = {steps[0].FromSerial}
                AND bytes_on_top + {bytes} <= max(chunk_bytes / {ShareOnTop}, {LeastOnTop})
            RETURNING id, chunks_have
            """,
            row => (Id: row.GetInt64(0), ChunksHave: row.GetInt64(1)));
        if (updated.Count == 0)
        {
            return null;
        }

        DifferenceRows.Add(Database, content, steps);
        DifferenceRows.Trim(Database, content.ZoneId, content.Kind, updated[0].ChunksHave);
        return updated[0].Id;
    }

    private void Write(Action work) => Run(write: true, () =>
    {
        work();
        return true;
    });

    /// <summary>Works in one transaction; with a new file where the old one turns out to be damaged.</summary>
    private T Run<T>(bool write, Func<T> work)
    {
        lock (_writing)
        {
            try
            {
                var result = RunOnce(write, work);
                _refused = write ? null : _refused;
                return result;
            }
            catch (StoreException e)
            {
                _refused = e;
                throw;
            }
        }
    }

    private T RunOnce<T>(bool write, Func<T> work)
    {
        try
        {
            return Database.InTransaction(write, work);
        }
        catch (StoreException e) when (IsUnusable(e))
        {
            _open?.Dispose();
            _open = null;
            SetAside(e);
            return Database.InTransaction(write, work);
        }
    }

    private Database OpenOrBegin()
    {
        try
        {
            return Open();
        }
        catch (StoreException e) when (IsUnusable(e))
        {
            SetAside(e);
            return Open();
        }
    }

    private Database Open()
    {
        var file = StoreFolder.ContentsFile(_folder);
        StoreFolder.CreateFile(file);
        var database = Database.OpenWal(file, durable: true, PageSize);
        try
        {
            Migrations.Contents.Apply(database);
            database.Execute($"INSERT INTO owner (id, identity) VALUES (1, {_identity}) ON CONFLICT (id) DO NOTHING");
            if (database.Text($"SELECT identity FROM owner WHERE id = 1") != _identity)
            {
                throw new StoreException(StoreError.NotAStore, $"'{file}' holds the contents of another store's zones.", "None needed.");
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void SetAside(StoreException reason)
    {
        DropReaders();
        var file = StoreFolder.ContentsFile(_folder);
        var damaged = reason.Error is StoreError.Damaged or StoreError.NotAStore;
        var aside = file + (damaged ? Suffix : OtherSchemaSuffix);
        File.Move(file, aside, overwrite: true);

        // They belong to the file that is gone; a new one must not find them.
        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
        var told = $"{reason.Message} It was set aside as '{aside}'; what is not held in memory is transferred again.";

        // Another schema is no trouble of the machine's.
        _lost = damaged ? told : _lost;
        _setAside(told);
    }

    private static bool IsUnusable(StoreException e) =>
        e.Error is StoreError.Damaged or StoreError.NotAStore or StoreError.OtherSchema or StoreError.NewerVersion;

    private ContentsReader Rent() => _readers.TryTake(out var reader) ? reader : ContentsReader.Open(_folder);

    /// <summary>Readers are kept: opening one costs more than reading a small zone. One of a file that was set aside is not.</summary>
    private void Return(ContentsReader reader, int epoch)
    {
        if (epoch == Volatile.Read(ref _epoch))
        {
            _readers.Add(reader);
        }
        else
        {
            reader.Dispose();
        }
    }

    private void DropReaders()
    {
        Interlocked.Increment(ref _epoch);
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
