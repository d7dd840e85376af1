using System.Net;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Who may transfer a common setting's zones from us.</summary>
public sealed class ZoneTransferAclTable
{
    private readonly StoreSession _session;

    internal ZoneTransferAclTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<ZoneTransferAcl> All() =>
        Database.Query($"SELECT id, common_setting_id, network, tsig_key_id, require_tls, client_pin FROM zone_transfer_acl ORDER BY common_setting_id, id", Read);

    public ZoneTransferAcl? Find(long id) =>
        Database.First($"SELECT id, common_setting_id, network, tsig_key_id, require_tls, client_pin FROM zone_transfer_acl WHERE id = {id}", Read);

    /// <exception cref="StoreException">DuplicateName: the same network, key and transport; Unknown.</exception>
    public ZoneTransferAcl Add(
        long commonSettingId, IPNetwork network, long? tsigKeyId = null, bool requireTls = false, string? clientPin = null) => _session.Change(() =>
    {
        CommonSettingTable.RequireKnown(Database, commonSettingId);
        TsigKeyTable.RequireKnown(Database, tsigKeyId);
        if (clientPin is not null && (!requireTls || !PrimaryNameServerTable.IsPin(clientPin)))
        {
            throw StoreNoun.Invalid(
                clientPin,
                requireTls ? $"'{clientPin}' is no pin: that is a SHA-256 in base64." : "A client shows a certificate over TLS only.",
                "Give the pin of the client's key, 44 characters, with -RequireTls.");
        }

        if (Database.Number(
            $"""
            SELECT id FROM zone_transfer_acl
            WHERE common_setting_id = {commonSettingId} AND network = {network} AND coalesce(tsig_key_id, 0) = {tsigKeyId ?? 0}
                AND require_tls = {requireTls} AND coalesce(client_pin, '') = {clientPin ?? ""}
            """) is not null)
        {
            throw StoreNoun.ZoneTransferAcl.Duplicate(network.ToString());
        }

        var id = Database.Number(
            $"""
            INSERT INTO zone_transfer_acl (common_setting_id, network, tsig_key_id, require_tls, client_pin)
            VALUES ({commonSettingId}, {network}, {tsigKeyId}, {requireTls}, {clientPin}) RETURNING id
            """)!.Value;
        return new ZoneTransferAcl(id, commonSettingId, network, tsigKeyId) { RequireTls = requireTls, ClientPin = clientPin };
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public void Remove(long id) => _session.Change(() =>
    {
        if (Database.Execute($"DELETE FROM zone_transfer_acl WHERE id = {id}") == 0)
        {
            throw StoreNoun.ZoneTransferAcl.Unknown($"#{id}");
        }
    });

    private static ZoneTransferAcl Read(SqliteDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), IPNetwork.Parse(row.GetString(2)), row.Number(3)) { RequireTls = row.Flag(4), ClientPin = row.Text(5) };
}
