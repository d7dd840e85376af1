using ManagedDns.Model;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store;

/// <summary>
/// The history of the health checks that a node runs: one row for as long as a check's outcome and reason stay the same, so that a zone that is well
/// for a year takes no more room than one that was checked once. A connection of its own; not thread-safe.
/// </summary>
public sealed class HealthHistory : IDisposable
{
    /// <summary>Periods kept of each check of each zone and node.</summary>
    public const int PeriodsKept = 50;

    private readonly Database _database;

    private HealthHistory(Database database) => _database = database;

    public static HealthHistory Open(ManagedDnsStore store)
    {
        ArgumentNullException.ThrowIfNull(store);

        // Like all that is observed: what a power cut takes is observed anew.
        return new HealthHistory(Database.OpenWal(StoreFolder.SettingsFile(store.Folder), durable: false));
    }

    /// <summary>Writes reports in one transaction; those of zones that were removed meanwhile are passed over.</summary>
    /// <exception cref="StoreException">It could not be written.</exception>
    public void Write(string node, IReadOnlyCollection<HealthReport> reports) => _database.InTransaction(write: true, () =>
    {
        foreach (var report in reports)
        {
            foreach (var check in report.Checks)
            {
                Write(node, report, check);
            }

            Forget(node, report);
        }

        return reports.Count;
    });

    public void Dispose() => _database.Dispose();

    private void Write(string node, HealthReport report, HealthCheck check)
    {
        var (zone, primary) = (report.ZoneId, check.PrimaryNameServer ?? "");
        var last = _database.First(
            $"""
            SELECT id, outcome, reason FROM health_period
            WHERE zone_id = {zone} AND node = {node} AND name = {check.Check} AND primary_name_server = {primary} ORDER BY id DESC LIMIT 1
            """,
            row => new Last(row.GetInt64(0), row.GetString(1), row.GetString(2)));
        if (last is not null && last.Outcome == check.Outcome.ToString() && last.Reason == check.Reason.ToString())
        {
            _database.Execute(
                $"""
                UPDATE health_period SET until = {report.Time}, message = {check.Message}, remedy = {check.Remedy}, server = {check.Server}
                WHERE id = {last.Id}
                """);
            return;
        }

        _database.Execute(
            $"""
            INSERT INTO health_period (zone_id, node, name, primary_name_server, server, outcome, reason, message, remedy, since, until)
            SELECT id, {node}, {check.Check}, {primary}, {check.Server}, {check.Outcome}, {check.Reason}, {check.Message}, {check.Remedy},
                {report.Time}, {report.Time}
            FROM managed_zone WHERE id = {zone}
            """);
        _database.Execute(
            $"""
            DELETE FROM health_period
            WHERE zone_id = {zone} AND node = {node} AND name = {check.Check} AND primary_name_server = {primary} AND id <=
                (SELECT id FROM health_period WHERE zone_id = {zone} AND node = {node} AND name = {check.Check} AND primary_name_server = {primary}
                ORDER BY id DESC LIMIT 1 OFFSET {PeriodsKept})
            """);
    }

    // A primary that was removed or renamed leaves periods that nothing continues: they go when they are as old as a year.
    private void Forget(string node, HealthReport report) =>
        _database.Execute($"DELETE FROM health_period WHERE zone_id = {report.ZoneId} AND node = {node} AND until < {report.Time.AddDays(-365)}");

    private sealed record Last(long Id, string Outcome, string Reason);
}
