using System.Net;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Whom we tell of new versions of a common setting's zones.</summary>
public sealed class NotifyTargetTable
{
    private readonly StoreSession _session;

    internal NotifyTargetTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<NotifyTarget> All() =>
        Database.Query($"SELECT id, common_setting_id, address, port, tsig_key_id FROM notify_target ORDER BY common_setting_id, id", Read);

    public NotifyTarget? Find(long id) =>
        Database.First($"SELECT id, common_setting_id, address, port, tsig_key_id FROM notify_target WHERE id = {id}", Read);

    /// <exception cref="StoreException">DuplicateName: the same address and port; Unknown, Invalid.</exception>
    public NotifyTarget Add(long commonSettingId, IPAddress address, int port = 53, long? tsigKeyId = null) => _session.Change(() =>
    {
        var endPoint = new IPEndPoint(address, StoreNoun.RequireHost(address.ToString(), address, port));
        CommonSettingTable.RequireKnown(Database, commonSettingId);
        TsigKeyTable.RequireKnown(Database, tsigKeyId);
        if (Database.Number(
            $"SELECT id FROM notify_target WHERE common_setting_id = {commonSettingId} AND address = {address} AND port = {port}") is not null)
        {
            throw StoreNoun.NotifyTarget.Duplicate(endPoint.ToString());
        }

        var id = Database.Number(
            $"""
            INSERT INTO notify_target (common_setting_id, address, port, tsig_key_id)
            VALUES ({commonSettingId}, {address}, {port}, {tsigKeyId}) RETURNING id
            """)!.Value;
        return new NotifyTarget(id, commonSettingId, address, port, tsigKeyId);
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public void Remove(long id) => _session.Change(() =>
    {
        if (Database.Execute($"DELETE FROM notify_target WHERE id = {id}") == 0)
        {
            throw StoreNoun.NotifyTarget.Unknown($"#{id}");
        }
    });

    private static NotifyTarget Read(SqliteDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.Address(2), row.GetInt32(3), row.Number(4));
}
