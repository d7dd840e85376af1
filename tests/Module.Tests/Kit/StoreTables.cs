using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ManagedDns.ModuleTests.Kit;

/// <summary>
/// The tables of a store's settings database as they lie there, read behind the back of the module. Rows of other tables are named instead of
/// numbered.
/// </summary>
internal sealed class StoreTables : IDisposable
{
    private readonly SqliteConnection _connection;

    public StoreTables(string store)
    {
        _connection = new($"Data Source={Path.Combine(store, "settings.db")};Pooling=False");
        _connection.Open();
    }

    public IReadOnlyList<string> Names =>
        [.. Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").Select(row => row[0])];

    public IReadOnlyList<string> Columns(string table) => [.. Query($"SELECT name FROM pragma_table_info('{table}')").Select(row => row[0])];

    /// <summary>The values of a column, in an order of their own.</summary>
    public IReadOnlyList<string> Values(string table, string column) =>
        [.. Query($"SELECT {Expression(table, column)} FROM {table}").Select(row => row[0]).Order(StringComparer.Ordinal)];

    /// <summary>The rows of a table with these columns, each as one text, in an order of their own.</summary>
    public IReadOnlyList<string> Rows(string table, IEnumerable<string> columns)
    {
        string[] shown = [.. columns];
        return
        [
            .. Query($"SELECT {string.Join(", ", shown.Select(column => Expression(table, column)))} FROM {table}")
                .Select(row => string.Join(" | ", shown.Zip(row, (column, value) => $"{column} {value}"))).Order(StringComparer.Ordinal),
        ];
    }

    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();

    private string Expression(string table, string column)
    {
        var reference = Query($"SELECT \"table\", \"to\" FROM pragma_foreign_key_list('{table}') WHERE \"from\" = '{column}'");
        return reference.Count == 0 ? column
            : reference[0] is ["catalog_zone", _] ? $"(SELECT name FROM managed_zone WHERE id = {table}.{column})"
            : $"(SELECT name FROM {reference[0][0]} WHERE {reference[0][1]} = {table}.{column})";
    }

    private List<string[]> Query(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i)))]);
        }

        return rows;
    }

    private static string Text(object value) => value switch
    {
        DBNull => "NULL",
        byte[] octets => Convert.ToHexString(octets),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
