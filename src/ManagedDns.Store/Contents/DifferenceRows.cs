using System.Buffers.Binary;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Contents;

/// <summary>The difference sequences of zones: what comes on top of their chunks, and what is kept as history.</summary>
internal static class DifferenceRows
{
    /// <summary>Sequences of a zone that stay as history: how far IXFR reaches back across restarts, and what cmdlets can compare.</summary>
    private const int MostKept = 100;

    public static void Add(Database database, StoredContent content, IReadOnlyList<Difference> steps)
    {
        foreach (var step in steps)
        {
            var data = Frame(step);
            var checksum = Checksum.Of(content.ZoneId, (int)step.FromSerial, data);
            database.Execute(
                $"""
                INSERT INTO difference (zone_id, kind, from_serial, to_serial, deleted, added, written, checksum, data)
                VALUES ({content.ZoneId}, {content.Kind}, {step.FromSerial}, {step.ToSerial}, {step.Deleted}, {step.Added}, {content.Written},
                    {checksum}, {data})
                """);
        }
    }

    /// <summary>The id of the newest one; 0 where there is none.</summary>
    public static long Newest(Database database, long zoneId, ContentKind kind) =>
        database.Number($"SELECT max(id) FROM difference WHERE zone_id = {zoneId} AND kind = {kind}") ?? 0;

    /// <summary>Forgets the oldest, save what comes on top of the chunks.</summary>
    /// <param name="chunksHave">The last one that the chunks have in them.</param>
    public static void Trim(Database database, long zoneId, ContentKind kind, long chunksHave) => database.Execute(
        $"""
        DELETE FROM difference WHERE zone_id = {zoneId} AND kind = {kind} AND id <= {chunksHave} AND id <=
            (SELECT id FROM difference WHERE zone_id = {zoneId} AND kind = {kind} ORDER BY id DESC LIMIT 1 OFFSET {MostKept})
        """);

    public static void Clear(Database database, long zoneId, ContentKind kind) =>
        database.Execute($"DELETE FROM difference WHERE zone_id = {zoneId} AND kind = {kind}");

    /// <exception cref="InvalidDataException">What is kept is damaged.</exception>
    public static List<StoredDifference> Read(Database database, long zoneId, ContentKind kind)
    {
        try
        {
            var rows = database.Query(
                $"""
                SELECT from_serial, to_serial, deleted, added, difference.written, checksum, data, difference.id <= content.chunks_have
                FROM difference JOIN content ON content.zone_id = difference.zone_id AND content.kind = difference.kind
                WHERE difference.zone_id = {zoneId} AND difference.kind = {kind} ORDER BY difference.id
                """,
                row => Read(zoneId, row));
            for (var i = 1; i < rows.Count; i++)
            {
                if (rows[i].Difference.FromSerial != rows[i - 1].Difference.ToSerial)
                {
                    throw Damaged(zoneId, rows[i - 1].Difference.ToSerial);
                }
            }

            return rows;
        }
        catch (StoreException e) when (e.Error is StoreError.Damaged or StoreError.NotAStore)
        {
            throw new InvalidDataException($"The kept differences of zone {zoneId} are damaged: {e.Message}", e);
        }
    }

    private static StoredDifference Read(long zoneId, SqliteDataReader row)
    {
        var (from, to) = ((uint)row.GetInt64(0), (uint)row.GetInt64(1));
        var data = row.GetFieldValue<byte[]>(6);
        if (row.GetInt64(5) != Checksum.Of(zoneId, (int)from, data))
        {
            throw Damaged(zoneId, from);
        }

        return new(new(from, to, Chunks(data), row.GetInt64(2), row.GetInt64(3)), row.Flag(7), row.Time(4));
    }

    private static InvalidDataException Damaged(long zoneId, uint from) =>
        new($"The kept differences of zone {zoneId} are damaged: what leads on from serial {from} is not what was written.");

    private static byte[] Frame(Difference step)
    {
        var data = new byte[step.Bytes + (2 * step.Chunks.Count)];
        var at = 0;
        foreach (var chunk in step.Chunks)
        {
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(at), (ushort)chunk.Length);
            chunk.CopyTo(data, at + 2);
            at += 2 + chunk.Length;
        }

        return data;
    }

    private static List<byte[]> Chunks(ReadOnlySpan<byte> data)
    {
        var chunks = new List<byte[]>();
        while (!data.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(data);
            chunks.Add(data.Slice(2, length).ToArray());
            data = data[(2 + length)..];
        }

        return chunks;
    }
}
