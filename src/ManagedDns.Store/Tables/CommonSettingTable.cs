using ManagedDns.Dns.Client;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>Common settings. Names are unique; exactly one is the default, from the store's first moment on.</summary>
public sealed class CommonSettingTable
{
    private readonly StoreSession _session;

    internal CommonSettingTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<CommonSetting> All() => Database.Query(
        $"""
        SELECT id, name, is_default, comment, check_apex_name_servers, check_name_server_addresses, check_exclusive_records, check_record_form,
            check_zone_digest, check_signature_lifetime, check_signatures, check_record_loss, max_loss_percent, notify_senders,
            max_transfer_bytes, max_transfer_records, transfer_idle, min_transfer_rate
        FROM common_setting ORDER BY name_key
        """,
        Read);

    public CommonSetting? Find(string name) => Database.First(
        $"""
        SELECT id, name, is_default, comment, check_apex_name_servers, check_name_server_addresses, check_exclusive_records, check_record_form,
            check_zone_digest, check_signature_lifetime, check_signatures, check_record_loss, max_loss_percent, notify_senders,
            max_transfer_bytes, max_transfer_records, transfer_idle, min_transfer_rate
        FROM common_setting WHERE name_key = {StoreNoun.Key(name)}
        """,
        Read);

    public CommonSetting? Find(long id) => Database.First(
        $"""
        SELECT id, name, is_default, comment, check_apex_name_servers, check_name_server_addresses, check_exclusive_records, check_record_form,
            check_zone_digest, check_signature_lifetime, check_signatures, check_record_loss, max_loss_percent, notify_senders,
            max_transfer_bytes, max_transfer_records, transfer_idle, min_transfer_rate
        FROM common_setting WHERE id = {id}
        """,
        Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public CommonSetting Get(string name) => Find(name) ?? throw StoreNoun.CommonSetting.Unknown(name);

    public CommonSetting GetDefault() => Database.First(
        $"""
        SELECT id, name, is_default, comment, check_apex_name_servers, check_name_server_addresses, check_exclusive_records, check_record_form,
            check_zone_digest, check_signature_lifetime, check_signatures, check_record_loss, max_loss_percent, notify_senders,
            max_transfer_bytes, max_transfer_records, transfer_idle, min_transfer_rate
        FROM common_setting WHERE is_default = 1
        """,
        Read)!;

    /// <exception cref="StoreException"><see cref="StoreError.DuplicateName"/>, <see cref="StoreError.Invalid"/>.</exception>
    public CommonSetting Add(string name, string comment = "", bool isDefault = false) => _session.Change(() =>
    {
        RequireUsable(name, 0);
        YieldDefaultTo(isDefault);
        var id = Database.Number(
            $"""
            INSERT INTO common_setting (name, name_key, is_default, comment)
            VALUES ({name}, {StoreNoun.Key(name)}, {isDefault}, {comment}) RETURNING id
            """)!.Value;
        return new CommonSetting(id, name, isDefault, comment);
    });

    /// <summary>Changes name, comment, or makes it the default; the default stops being it only when another one becomes it.</summary>
    /// <exception cref="StoreException">Unknown, DuplicateName, Invalid.</exception>
    public CommonSetting Update(string name, Func<CommonSetting, CommonSetting> change) => _session.Change(() =>
    {
        var old = Get(name);
        var changed = change(old) with { Id = old.Id };
        RequireUsable(changed.Name, old.Id);
        if (old.IsDefault && !changed.IsDefault)
        {
            throw IsTheDefault(name);
        }

        RequireUsable(changed.Checks);
        RequireUsable(changed.Limits);
        YieldDefaultTo(changed.IsDefault && !old.IsDefault);
        Database.Execute(
            $"""
            UPDATE common_setting SET name = {changed.Name}, name_key = {StoreNoun.Key(changed.Name)}, is_default = {changed.IsDefault},
                comment = {changed.Comment}
            WHERE id = {old.Id}
            """);
        WriteRest(changed);
        return changed;
    });

    /// <summary>Makes a copy with its primaries (disabled, named <c>&lt;primary&gt;-&lt;copy&gt;</c>), transfer ACLs and NOTIFY targets.</summary>
    /// <exception cref="StoreException">Unknown, DuplicateName, Invalid.</exception>
    public CommonSetting Copy(string name, string newName, string? comment = null) => _session.Change(() =>
    {
        var original = Get(name);
        RequireUsable(newName, 0);
        var primaries = Database.Query(
            $"SELECT id, name FROM primary_name_server WHERE common_setting_id = {original.Id} ORDER BY id",
            row => (Id: row.GetInt64(0), Name: $"{row.GetString(1)}-{newName}"));
        foreach (var primary in primaries)
        {
            PrimaryNameServerTable.RequireFree(Database, primary.Name, 0);
        }

        var copy = Add(newName, comment ?? original.Comment);
        foreach (var primary in primaries)
        {
            Database.Execute(
                $"""
                INSERT INTO primary_name_server (name, name_key, common_setting_id, address, port, tsig_key_id, priority, enabled, tls, tls_host_name, tls_pins,
                    tls_authorities, transfer_mode)
                SELECT {primary.Name}, {StoreNoun.Key(primary.Name)}, {copy.Id}, address, port, tsig_key_id, priority, 0, tls, tls_host_name, tls_pins,
                    tls_authorities, transfer_mode
                FROM primary_name_server WHERE id = {primary.Id}
                """);
        }

        Database.Execute(
            $"""
            INSERT INTO zone_transfer_acl (common_setting_id, network, tsig_key_id, require_tls, client_pin)
            SELECT {copy.Id}, network, tsig_key_id, require_tls, client_pin FROM zone_transfer_acl WHERE common_setting_id = {original.Id} ORDER BY id
            """);
        Database.Execute(
            $"""
            INSERT INTO notify_target (common_setting_id, address, port, tsig_key_id)
            SELECT {copy.Id}, address, port, tsig_key_id FROM notify_target WHERE common_setting_id = {original.Id} ORDER BY id
            """);
        WriteRest(original with { Id = copy.Id });
        return copy with { Checks = original.Checks, NotifySenders = original.NotifySenders, Limits = original.Limits };
    });

    /// <summary>Removes it with its primaries, transfer ACLs and NOTIFY targets.</summary>
    /// <exception cref="StoreException">Unknown, InUse with its zones, Invalid for the default.</exception>
    public void Remove(string name) => _session.Change(() =>
    {
        var setting = Get(name);
        if (AllUsers(setting.Id) is { Count: > 0 } users)
        {
            throw StoreNoun.CommonSetting.InUse(setting.Name, users, "Apply another one to its zones first: Set-ManagedZone -CommonSetting <other>; for a catalog: Set-CatalogZone -MemberSetting <other>, -Group.");
        }

        if (setting.IsDefault)
        {
            throw IsTheDefault(setting.Name);
        }

        Database.Execute($"DELETE FROM common_setting WHERE id = {setting.Id}");
    });

    /// <summary>The zones that it is applied to.</summary>
    public IReadOnlyList<StoreUser> Users(long id) =>
        Database.Query($"SELECT name FROM managed_zone WHERE common_setting_id = {id} ORDER BY name_key", StoreNoun.ManagedZone.UserByDomainName);

    /// <summary>All that refers to it: zones, and catalogs that apply it to their members.</summary>
    private IReadOnlyList<StoreUser> AllUsers(long id) => [.. Users(id), .. CatalogTable.UsersOf(Database, id)];

    /// <summary>Checks the reference of another table.</summary>
    internal static void RequireKnown(Database database, long id)
    {
        if (database.Number($"SELECT id FROM common_setting WHERE id = {id}") is null)
        {
            throw StoreNoun.CommonSetting.Unknown($"#{id}");
        }
    }

    private void RequireUsable(string name, long except)
    {
        StoreNoun.CommonSetting.RequireName(name);
        if (Database.Number($"SELECT id FROM common_setting WHERE name_key = {StoreNoun.Key(name)} AND id <> {except}") is not null)
        {
            throw StoreNoun.CommonSetting.Duplicate(name);
        }
    }

    private static void RequireUsable(ContentCheckSettings checks)
    {
        if (checks.MaxLossPercent is < 1 or > 99)
        {
            throw StoreNoun.Invalid("MaxLossPercent", $"{checks.MaxLossPercent} % is no limit for a loss of records.", "Give 1 to 99, or turn the check off.");
        }
    }

    private static void RequireUsable(TransferLimits limits)
    {
        if (limits is { MaxBytes: < 1 } or { MaxRecords: < 1 } or { MinimumRate: < 0 }
            || limits.Idle < TimeSpan.FromSeconds(1) || limits.Idle > TimeSpan.FromHours(1))
        {
            throw StoreNoun.Invalid(
                "TransferLimits",
                "A transfer needs room for an octet and a record, a rate of 0 or more, and a second to an hour without an octet.",
                "Give such values with -MaxTransferSize, -MaxTransferRecordCount, -MinTransferRate and -TransferIdleTimeout.");
        }
    }

    private void WriteRest(CommonSetting setting)
    {
        var checks = setting.Checks;
        Database.Execute(
            $"""
            UPDATE common_setting SET check_apex_name_servers = {checks.ApexNameServers}, check_name_server_addresses = {checks.NameServerAddresses},
                check_exclusive_records = {checks.ExclusiveRecords}, check_record_form = {checks.RecordForm}, check_zone_digest = {checks.ZoneDigest},
                check_signature_lifetime = {checks.SignatureLifetime}, check_signatures = {checks.Signatures},
                check_record_loss = {checks.RecordLoss}, max_loss_percent = {checks.MaxLossPercent}, notify_senders = {setting.NotifySenders},
                max_transfer_bytes = {setting.Limits.MaxBytes}, max_transfer_records = {setting.Limits.MaxRecords},
                transfer_idle = {setting.Limits.Idle}, min_transfer_rate = {setting.Limits.MinimumRate}
            WHERE id = {setting.Id}
            """);
    }

    private static StoreException IsTheDefault(string name) => StoreNoun.Invalid(
        name,
        $"'{name}' is the default common setting, and there is always one.",
        "Make another one the default first: Set-CommonSetting -Name <other> -Default.");

    private void YieldDefaultTo(bool another)
    {
        if (another)
        {
            Database.Execute($"UPDATE common_setting SET is_default = 0 WHERE is_default = 1");
        }
    }

    private static CommonSetting Read(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1), row.Flag(2), row.GetString(3))
    {
        Checks = new ContentCheckSettings
        {
            ApexNameServers = row.Choice<CheckAction>(4),
            NameServerAddresses = row.Choice<CheckAction>(5),
            ExclusiveRecords = row.Choice<CheckAction>(6),
            RecordForm = row.Choice<CheckAction>(7),
            ZoneDigest = row.Choice<CheckAction>(8),
            SignatureLifetime = row.Choice<CheckAction>(9),
            Signatures = row.Choice<CheckAction>(10),
            RecordLoss = row.Choice<CheckAction>(11),
            MaxLossPercent = row.GetInt32(12),
        },
        NotifySenders = row.Networks(13),
        Limits = TransferLimits.Default with
        {
            MaxBytes = row.GetInt64(14),
            MaxRecords = row.GetInt64(15),
            Idle = row.Span(16),
            MinimumRate = row.GetInt64(17),
        },
    };
}
