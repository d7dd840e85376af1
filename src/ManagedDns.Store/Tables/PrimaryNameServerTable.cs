using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Dns.Client;
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
        SELECT id, name, common_setting_id, address, port, tsig_key_id, priority, enabled,
            tls, tls_host_name, tls_pins, tls_authorities, transfer_mode FROM primary_name_server
        ORDER BY common_setting_id, priority, id
        """,
        Read);

    public PrimaryNameServer? Find(string name) => Database.First(
        $"""
        SELECT id, name, common_setting_id, address, port, tsig_key_id, priority, enabled,
            tls, tls_host_name, tls_pins, tls_authorities, transfer_mode FROM primary_name_server
        WHERE name_key = {StoreNoun.Key(name)}
        """,
        Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public PrimaryNameServer Get(string name) => Find(name) ?? throw StoreNoun.PrimaryNameServer.Unknown(name);

    /// <summary>Registers one, disabled.</summary>
    /// <exception cref="StoreException">Unknown, DuplicateName, Invalid.</exception>
    public PrimaryNameServer Add(
        string name, long commonSettingId, IPAddress address, int port = 53, long? tsigKeyId = null, int priority = 0, TlsTerms? tls = null,
        TransferMode mode = TransferMode.Incremental) =>
        _session.Change(() =>
        {
            var primary = new PrimaryNameServer(0, name, commonSettingId, address, port, tsigKeyId, priority, Enabled: false)
            {
                Tls = tls,
                TransferMode = mode,
            };
            Check(primary);
            var id = Database.Number(
                $"""
                INSERT INTO primary_name_server (name, name_key, common_setting_id, address, port, tsig_key_id, priority, enabled,
                    tls, tls_host_name, tls_pins, tls_authorities, transfer_mode)
                VALUES ({name}, {StoreNoun.Key(name)}, {commonSettingId}, {address}, {port}, {tsigKeyId}, {priority}, {false},
                    {tls is not null}, {tls?.HostName}, {PinsOf(primary)}, {tls?.Authorities}, {mode}) RETURNING id
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
                tsig_key_id = {changed.TsigKeyId}, priority = {changed.Priority}, enabled = {changed.Enabled},
                tls = {changed.Tls is not null}, tls_host_name = {changed.Tls?.HostName}, tls_pins = {PinsOf(changed)},
                tls_authorities = {changed.Tls?.Authorities}, transfer_mode = {changed.TransferMode}
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
        if (primary.Tls is { } tls)
        {
            CheckTerms(tls);
        }
    }

    /// <summary>RFC 9103 §9: a primary that proves nothing about itself could be anybody.</summary>
    private static void CheckTerms(TlsTerms tls)
    {
        if (tls.HostName is null && tls.Pins.IsEmpty)
        {
            throw StoreNoun.Invalid(
                "Tls", "TLS with a primary that proves nothing about itself protects nothing.",
                "Give the name in its certificate (-TlsHostName), the pin of its key (-TlsPin), or both.");
        }

        if (tls.HostName is { } name && Uri.CheckHostName(name) is UriHostNameType.Unknown or UriHostNameType.Basic)
        {
            throw StoreNoun.Invalid("TlsHostName", $"'{name}' is no host name.", "Give the name that stands in the primary's certificate.");
        }

        if (tls.Pins.FirstOrDefault(pin => !IsPin(pin)) is { } bad)
        {
            throw StoreNoun.Invalid(
                "TlsPin", $"'{bad}' is no pin.",
                "Give the SHA-256 of the primary's public key in base64, 44 characters; kdig +tls prints it, and so does every failure that concerns one.");
        }

        try
        {
            new X509Certificate2Collection().ImportFromPem(tls.Authorities);
        }
        catch (CryptographicException)
        {
            throw StoreNoun.Invalid("TlsAuthorityPath", "The authorities are no certificates in PEM.", "Give a file with certificates in PEM.");
        }
    }

    /// <summary>Whether a text is the SHA-256 of a key in base64.</summary>
    internal static bool IsPin(string pin)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(pin, hash, out var length) && length == hash.Length;
    }

    private static string PinsOf(PrimaryNameServer primary) => primary.Tls is { } tls ? string.Join(' ', tls.Pins) : "";

    private static PrimaryNameServer Read(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.Address(3), row.GetInt32(4), row.Number(5), row.GetInt32(6), row.Flag(7))
    {
        Tls = row.Flag(8) ? new() { HostName = row.Text(9), Pins = row.Words(10), Authorities = row.Text(11) } : null,
        TransferMode = row.Choice<TransferMode>(12),
    };
}
