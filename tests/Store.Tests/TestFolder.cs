using Microsoft.Data.Sqlite;

namespace Store.Tests;

/// <summary>A folder of its own for one test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("manageddns-").FullName;

    /// <summary>Does not exist yet: opening a store makes it.</summary>
    public string Store => System.IO.Path.Combine(Path, "store");

    public string Settings => System.IO.Path.Combine(Store, "settings.db");

    public string Contents => System.IO.Path.Combine(Store, "contents.db");

    public string Key => System.IO.Path.Combine(Store, "store.key");

    /// <summary>Runs SQL past the store's own code.</summary>
    public static object? Sql(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
