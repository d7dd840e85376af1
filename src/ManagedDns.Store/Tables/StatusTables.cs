using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>What servers have observed: each node writes its own rows (by <see cref="StatusWriter"/>), cmdlets read.</summary>
public sealed class StatusTables
{
    /// <summary>Transfers kept for each zone.</summary>
    public const int TransfersKept = 50;

    private readonly Database _database;

    internal StatusTables(Database database) => _database = database;

    /// <summary>The servers' own rows, the one that was last alive first.</summary>
    public IReadOnlyList<ServerStatus> Servers() => _database.Query(
        $"""
        SELECT node, state, process_id, version, started, heartbeat, applied_generation, end_points, tls_end_points,
            failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew,
            storage_reason, storage_message, storage_remedy
        FROM server_status ORDER BY heartbeat DESC, node
        """,
        row => new ServerStatus(row.GetString(0), row.Choice<ServerState>(1), row.GetInt32(2), row.GetString(3))
        {
            Started = row.Time(4),
            Heartbeat = row.Time(5),
            AppliedGeneration = row.GetInt64(6),
            EndPoints = row.EndPoints(7),
            TlsEndPoints = row.EndPoints(8),
            Failure = row.Failure(9),
            StorageFailure = row.IsDBNull(15) ? null : new(row.Choice<FailureReason>(15), null, row.GetString(16), row.GetString(17)),
        });

    /// <summary>The server that was last alive.</summary>
    public ServerStatus? Server() => Servers() is [var newest, ..] ? newest : null;

    /// <summary>How signed zones stand as a node sees them; a zone it has not reported is missing.</summary>
    /// <param name="node">Null: the one that was last alive.</param>
    public IReadOnlyDictionary<long, SigningStatus> Signings(string? node = null)
    {
        node ??= Server()?.Node ?? "";
        return _database.Query(
            $"""
            SELECT zone_id, state, waiting_for, until, first_expiration, last_signed, parent_told,
                failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew
            FROM signing_status WHERE node = {node}
            """,
            row => new SigningStatus(row.GetInt64(0), row.Choice<SigningState>(1))
            {
                WaitingFor = row.Text(2),
                Until = row.TimeOrNone(3),
                FirstExpiration = row.TimeOrNone(4),
                LastSigned = row.TimeOrNone(5),
                ParentTold = row.TimeOrNone(6),
                Failure = row.Failure(7),
            }).ToDictionary(status => status.ZoneId);
    }

    /// <summary>The state of zones as a node sees them; a zone it has not reported is missing.</summary>
    /// <param name="zoneIds">Null: all.</param>
    /// <param name="node">Null: the one that was last alive.</param>
    public IReadOnlyDictionary<long, ZoneStatus> Zones(IEnumerable<long>? zoneIds = null, string? node = null)
    {
        node ??= Server()?.Node ?? "";
        var rows = zoneIds is null
            ? _database.Query(
                $"""
                SELECT zone_id, state, primary_serial, published_serial, record_count, last_check, last_success, next_refresh, expires_at,
                    last_notify, notifies, primary_end_point, failure_reason, failure_server, failure_message, failure_remedy, failure_response_code,
                    failure_clock_skew, warning, transfer_kind, transfer_started, transfer_records, transfer_bytes
                FROM zone_status WHERE node = {node}
                """,
                ReadZone)
            : zoneIds.SelectMany(id => _database.Query(
                $"""
                SELECT zone_id, state, primary_serial, published_serial, record_count, last_check, last_success, next_refresh, expires_at,
                    last_notify, notifies, primary_end_point, failure_reason, failure_server, failure_message, failure_remedy, failure_response_code,
                    failure_clock_skew, warning, transfer_kind, transfer_started, transfer_records, transfer_bytes
                FROM zone_status WHERE zone_id = {id} AND node = {node}
                """,
                ReadZone));
        return rows.ToDictionary(status => status.ZoneId);
    }

    /// <summary>A zone's transfers on all nodes, newest first; at most <see cref="TransfersKept"/> a node are kept.</summary>
    public IReadOnlyList<TransferReport> Transfers(long zoneId) => _database.Query(
        $"""
        SELECT zone_id, direction, kind, peer, started, duration, tsig_key_name, from_serial, to_serial, records, bytes, messages,
            failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew
        FROM transfer WHERE zone_id = {zoneId} ORDER BY id DESC
        """,
        row => new TransferReport(
            row.GetInt64(0), row.Choice<TransferDirection>(1), row.Choice<TransferKind>(2), row.EndPoint(3)!, row.Time(4), row.Span(5))
        {
            TsigKeyName = row.IsDBNull(6) ? null : row.Name(6),
            FromSerial = row.Serial(7),
            ToSerial = row.Serial(8),
            Records = row.GetInt64(9),
            Bytes = row.GetInt64(10),
            Messages = row.GetInt32(11),
            Failure = row.Failure(12),
        });

    /// <summary>The history of a zone's health checks on all nodes: check by check, newest first.</summary>
    public IReadOnlyList<HealthPeriod> Health(long zoneId) => _database.Query(
        $"""
        SELECT name, outcome, message, primary_name_server, server, reason, remedy, since, until
        FROM health_period WHERE zone_id = {zoneId} ORDER BY primary_name_server = '', primary_name_server, name, id DESC
        """,
        row => new HealthPeriod(
            new HealthCheck(row.GetString(0), row.Choice<HealthCheckOutcome>(1), row.GetString(2))
            {
                PrimaryNameServer = row.GetString(3) is { Length: > 0 } primary ? primary : null,
                Server = row.EndPoint(4),
                Reason = row.Choice<FailureReason>(5),
                Remedy = row.Text(6),
            },
            row.Time(7),
            row.Time(8)));

    internal void Write(ServerStatus server)
    {
        var (failure, storage) = (server.Failure, server.StorageFailure);
        _database.Execute(
            $"""
            INSERT INTO server_status (node, state, process_id, version, started, heartbeat, applied_generation, end_points, tls_end_points,
                failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew,
                storage_reason, storage_message, storage_remedy)
            VALUES ({server.Node}, {server.State}, {server.ProcessId}, {server.Version}, {server.Started}, {server.Heartbeat},
                {server.AppliedGeneration}, {server.EndPoints}, {server.TlsEndPoints}, {failure?.Reason}, {failure?.Server}, {failure?.Message}, {failure?.Remedy},
                {failure?.ResponseCode}, {failure?.ClockSkew}, {storage?.Reason}, {storage?.Message}, {storage?.Remedy})
            ON CONFLICT (node) DO UPDATE SET state = excluded.state, process_id = excluded.process_id, version = excluded.version,
                started = excluded.started, heartbeat = excluded.heartbeat, applied_generation = excluded.applied_generation,
                end_points = excluded.end_points, tls_end_points = excluded.tls_end_points, failure_reason = excluded.failure_reason, failure_server = excluded.failure_server,
                failure_message = excluded.failure_message, failure_remedy = excluded.failure_remedy,
                failure_response_code = excluded.failure_response_code, failure_clock_skew = excluded.failure_clock_skew,
                storage_reason = excluded.storage_reason, storage_message = excluded.storage_message, storage_remedy = excluded.storage_remedy
            """);
    }

    /// <summary>Writes a zone's state; one that was removed meanwhile is passed over.</summary>
    internal void Write(string node, ZoneStatus zone)
    {
        var failure = zone.LastFailure;
        _database.Execute(
            $"""
            INSERT INTO zone_status (zone_id, node, state, primary_serial, published_serial, record_count, last_check, last_success, next_refresh,
                expires_at, last_notify, notifies, primary_end_point, failure_reason, failure_server, failure_message, failure_remedy, failure_response_code,
                failure_clock_skew, warning, transfer_kind, transfer_started, transfer_records, transfer_bytes)
            SELECT id, {node}, {zone.State}, {zone.PrimarySerial}, {zone.PublishedSerial}, {zone.RecordCount}, {zone.LastCheck}, {zone.LastSuccess},
                {zone.NextRefresh}, {zone.ExpiresAt}, {zone.LastNotify}, {zone.Notifies}, {zone.Primary}, {failure?.Reason}, {failure?.Server}, {failure?.Message},
                {failure?.Remedy}, {failure?.ResponseCode}, {failure?.ClockSkew}, {zone.Warning}, {zone.Transfer?.Kind}, {zone.Transfer?.Started},
                {zone.Transfer?.Records}, {zone.Transfer?.Bytes}
            FROM managed_zone WHERE id = {zone.ZoneId}
            ON CONFLICT (zone_id, node) DO UPDATE SET state = excluded.state, primary_serial = excluded.primary_serial,
                published_serial = excluded.published_serial, record_count = excluded.record_count, last_check = excluded.last_check,
                last_success = excluded.last_success, next_refresh = excluded.next_refresh, expires_at = excluded.expires_at,
                last_notify = excluded.last_notify, notifies = excluded.notifies, primary_end_point = excluded.primary_end_point,
                failure_reason = excluded.failure_reason,
                failure_server = excluded.failure_server, failure_message = excluded.failure_message, failure_remedy = excluded.failure_remedy,
                failure_response_code = excluded.failure_response_code, failure_clock_skew = excluded.failure_clock_skew, warning = excluded.warning,
                transfer_kind = excluded.transfer_kind, transfer_started = excluded.transfer_started, transfer_records = excluded.transfer_records,
                transfer_bytes = excluded.transfer_bytes
            """);
    }

    /// <summary>Writes how a zone's signing stands; one that is not signed any more is passed over.</summary>
    internal void Write(string node, SigningStatus signing)
    {
        var failure = signing.Failure;
        _database.Execute(
            $"""
            INSERT INTO signing_status (zone_id, node, state, waiting_for, until, first_expiration, last_signed, parent_told,
                failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew)
            SELECT zone_id, {node}, {signing.State}, {signing.WaitingFor}, {signing.Until}, {signing.FirstExpiration}, {signing.LastSigned},
                {signing.ParentTold},
                {failure?.Reason}, {failure?.Server}, {failure?.Message}, {failure?.Remedy}, {failure?.ResponseCode}, {failure?.ClockSkew}
            FROM zone_signing WHERE zone_id = {signing.ZoneId}
            ON CONFLICT (zone_id, node) DO UPDATE SET state = excluded.state, waiting_for = excluded.waiting_for, until = excluded.until,
                first_expiration = excluded.first_expiration, last_signed = excluded.last_signed, parent_told = excluded.parent_told,
                failure_reason = excluded.failure_reason, failure_server = excluded.failure_server, failure_message = excluded.failure_message,
                failure_remedy = excluded.failure_remedy,
                failure_response_code = excluded.failure_response_code, failure_clock_skew = excluded.failure_clock_skew
            """);
    }

    /// <summary>Which keys peers were last seen with, on all nodes, newest first.</summary>
    public IReadOnlyList<TsigKeyUse> KeyUses(long keyId) => _database.Query(
        $"""
        SELECT key_name, fingerprint, peer, direction, max(last_used) FROM tsig_key_use WHERE tsig_key_id = {keyId}
        GROUP BY key_name, fingerprint, peer, direction ORDER BY 5 DESC
        """,
        row => new TsigKeyUse(row.Name(0), row.GetString(1), row.Address(2), row.Choice<TsigKeyUseDirection>(3), row.Time(4)));

    /// <summary>Writes when a peer was seen with a key; of one that is not known any more nothing is written.</summary>
    internal void Write(string node, TsigKeyUse use) => _database.Execute(
        $"""
        INSERT INTO tsig_key_use (tsig_key_id, node, fingerprint, key_name, peer, direction, last_used)
        SELECT id, {node}, {use.Fingerprint}, {use.KeyName}, {use.Peer}, {use.Direction}, {use.LastUsed}
        FROM tsig_key WHERE name_key = {StoreNoun.Key(use.KeyName)} OR upper(successor_name) = {StoreNoun.Key(use.KeyName)}
        ON CONFLICT (tsig_key_id, fingerprint, peer, direction, node) DO UPDATE SET last_used = excluded.last_used
        """);

    /// <summary>Adds to a zone's history and forgets what is too old; a zone that was removed meanwhile is passed over.</summary>
    internal void Write(string node, TransferReport transfer)
    {
        var failure = transfer.Failure;
        _database.Execute(
            $"""
            INSERT INTO transfer (zone_id, node, direction, kind, peer, started, duration, tsig_key_name, from_serial, to_serial, records, bytes,
                messages, failure_reason, failure_server, failure_message, failure_remedy, failure_response_code, failure_clock_skew)
            SELECT id, {node}, {transfer.Direction}, {transfer.Kind}, {transfer.Peer}, {transfer.Started}, {transfer.Duration},
                {transfer.TsigKeyName}, {transfer.FromSerial}, {transfer.ToSerial}, {transfer.Records}, {transfer.Bytes}, {transfer.Messages}, {failure?.Reason},
                {failure?.Server}, {failure?.Message}, {failure?.Remedy}, {failure?.ResponseCode}, {failure?.ClockSkew}
            FROM managed_zone WHERE id = {transfer.ZoneId}
            """);
        _database.Execute(
            $"""
            DELETE FROM transfer WHERE zone_id = {transfer.ZoneId} AND node = {node} AND id <=
                (SELECT id FROM transfer WHERE zone_id = {transfer.ZoneId} AND node = {node} ORDER BY id DESC LIMIT 1 OFFSET {TransfersKept})
            """);
    }

    private static ZoneStatus ReadZone(SqliteDataReader row) => new(row.GetInt64(0), row.Choice<ZoneState>(1))
    {
        PrimarySerial = row.Serial(2),
        PublishedSerial = row.Serial(3),
        RecordCount = row.Number(4),
        LastCheck = row.TimeOrNone(5),
        LastSuccess = row.TimeOrNone(6),
        NextRefresh = row.TimeOrNone(7),
        ExpiresAt = row.TimeOrNone(8),
        LastNotify = row.TimeOrNone(9),
        Notifies = row.Notifies(10),
        Primary = row.EndPoint(11),
        LastFailure = row.Failure(12),
        Warning = row.Text(18),
        Transfer = row.IsDBNull(19) ? null : new(row.Choice<TransferKind>(19), row.Time(20), row.GetInt64(21), row.GetInt64(22)),
    };
}
