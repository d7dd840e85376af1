using System.Net;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Primary name servers. Names are unique in the whole store; each starts disabled.</summary>
public sealed class PrimaryNameServerTable
{
    private readonly StoreSession _session;

    internal PrimaryNameServerTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    /// <summary>All, in the order in which they are tried.</summary>
    public IReadOnlyList<PrimaryNameServer> All() => Database.Query(
        $"""
        SELECT id, name, common_setting_id, address, port, tsig_key_id, priority, enabled FROM primary_name_server
        ORDER BY common_setting_id, priority, id
        """,
        Read);

    public PrimaryNameServer? Find(string name) => Database.First(
        $"""
        SELECT id, name, common_setting_id, address, port, tsig_key_id, priority, enabled FROM primary_name_server
        WHERE name_key = {StoreNoun.Key(name)}
        """,
        Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public PrimaryNameServer Get(string name) => Find(name) ?? throw StoreNoun.PrimaryNameServer.Unknown(name);

    /// <summary>Registers one, disabled.</summary>
    /// <exception cref="StoreException">Unknown, DuplicateName, Invalid.</exception>
    public PrimaryNameServer Add(string name, long commonSettingId, IPAddress address, int port = 53, long? tsigKeyId = null, int priority = 0) =>
        _session.Change(() =>
        {
            var primary = new PrimaryNameServer(0, name, commonSettingId, address, port, tsigKeyId, priority, Enabled: false);
            Check(primary);
            var id = Database.Number(
                $"""
                INSERT INTO primary_name_server (name, name_key, common_setting_id, address, port, tsig_key_id, priority, enabled)
                VALUES ({name}, {StoreNoun.Key(name)}, {commonSettingId}, {address}, {port}, {tsigKeyId}, {priority}, {false}) RETURNING id
                """)!.Value;
            return primary with { Id = id };
        });

    /// <exception cref="StoreException">Unknown, DuplicateName, Invalid.</exception>
    public PrimaryNameServer Update(string name, Func<PrimaryNameServer, PrimaryNameServer> change) => _session.Change(() =>
    {
        var old = Get(name);
        var changed = change(old) with { Id = old.Id };
        Check(changed);
        Database.Execute(
            $"""
            UPDATE primary_name_server SET name = {changed.Name}, name_key = {StoreNoun.Key(changed.Name)},
                common_setting_id = {changed.CommonSettingId}, address = {changed.Address}, port = {changed.Port},
                tsig_key_id = {changed.TsigKeyId}, priority = {changed.Priority}, enabled = {changed.Enabled}
            WHERE id = {old.Id}
            """);
        return changed;
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.InUse"/> with its zones.</exception>
    public void Remove(string name) => _session.Change(() =>
    {
        var primary = Get(name);
        if (Users(primary.Id) is { Count: > 0 } users)
        {
            throw StoreNoun.PrimaryNameServer.InUse(primary.Name, users, $"Disable it first: Disable-PrimaryNameServer -Name '{primary.Name}'.");
        }

        Database.Execute($"DELETE FROM primary_name_server WHERE id = {primary.Id}");
    });

    /// <summary>The zones that are transferred from it: it is enabled, their common setting has it, and their proxy is on.</summary>
    public IReadOnlyList<StoreUser> Users(long id) => Database.Query(
        $"""
        SELECT z.name FROM managed_zone z JOIN primary_name_server p ON p.common_setting_id = z.common_setting_id
        WHERE p.id = {id} AND p.enabled = 1 AND z.proxy_enabled = 1 ORDER BY z.name_key
        """,
        StoreNoun.ManagedZone.UserByDomainName);

    internal static void RequireFree(Database database, string name, long except)
    {
        if (database.Number($"SELECT id FROM primary_name_server WHERE name_key = {StoreNoun.Key(name)} AND id <> {except}") is not null)
        {
            throw StoreNoun.PrimaryNameServer.Duplicate(name);
        }
    }

    private void Check(PrimaryNameServer primary)
    {
        StoreNoun.PrimaryNameServer.RequireName(primary.Name);
        StoreNoun.RequireHost(primary.Name, primary.Address, primary.Port);
        RequireFree(Database, primary.Name, primary.Id);
        CommonSettingTable.RequireKnown(Database, primary.CommonSettingId);
        TsigKeyTable.RequireKnown(Database, primary.TsigKeyId);
    }

    private static PrimaryNameServer Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.Address(3), row.GetInt32(4), row.Number(5), row.GetInt32(6), row.Flag(7));
}
