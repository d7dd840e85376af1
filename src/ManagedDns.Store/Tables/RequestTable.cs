using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>What cmdlets ask of the server once. A request is gone when the server has taken it up. The generation stays: no setting changes.</summary>
public sealed class RequestTable
{
    private readonly StoreSession _session;

    internal RequestTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<Request> All() => Database.Query($"SELECT id, kind, zone_id, is_full, created FROM request ORDER BY id", Read);

    /// <summary>Whether the server has not taken it up yet.</summary>
    public bool IsPending(long id) => Database.Number($"SELECT id FROM request WHERE id = {id}") is not null;

    public Request Add(RequestKind kind, long? zoneId = null, bool full = false) => _session.Change(
        () =>
        {
            var created = DateTimeOffset.FromUnixTimeMilliseconds(_session.Time.GetUtcNow().ToUnixTimeMilliseconds());
            if (zoneId is not null && Database.Number($"SELECT id FROM managed_zone WHERE id = {zoneId}") is null)
            {
                throw StoreNoun.ManagedZone.Unknown($"#{zoneId}");
            }

            var id = Database.Number(
                $"INSERT INTO request (kind, zone_id, is_full, created) VALUES ({kind}, {zoneId}, {full}, {created}) RETURNING id")!.Value;
            return new Request(id, kind, zoneId, full, created);
        },
        settings: false);

    /// <summary>Takes back one that nobody took up.</summary>
    public void Withdraw(long id) => _session.Change(() => Database.Execute($"DELETE FROM request WHERE id = {id}"), settings: false);

    /// <summary>Takes all up, oldest first.</summary>
    public IReadOnlyList<Request> TakeAll()
    {
        // A look costs no lock; most of the time there is nothing.
        if (Database.Number($"SELECT id FROM request LIMIT 1") is null)
        {
            return [];
        }

        return _session.Change(
            () =>
            {
                var taken = All();
                Database.Execute($"DELETE FROM request");
                return taken;
            },
            settings: false);
    }

    private static Request Read(SqliteDataReader row) => new(row.GetInt64(0), row.Choice<RequestKind>(1), row.Number(2), row.Flag(3), row.Time(4));
}
