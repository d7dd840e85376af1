using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Sql;

/// <summary>
/// One connection to one SQLite file. Statements are interpolated strings whose holes become parameters, so that no value is ever part of the SQL;
/// each is prepared once. Not thread-safe.
/// </summary>
internal sealed class Database : IDisposable
{
    /// <summary>How long a writer waits for another one. Writers hold the lock for one batch, far shorter than this.</summary>
    private const int BusySeconds = 10;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    private Database(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
    }

    public string Path { get; }

    /// <summary>Opens an existing file, or one in memory where <paramref name="path"/> is null.</summary>
    /// <param name="shownAs">What errors call one in memory: the file that it is a copy of.</param>
    /// <exception cref="StoreException"/>
    public static Database Open(string? path, string? shownAs = null)
    {
        // Pooling would keep the files open, and locked on Windows, after Dispose.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:",
            Mode = path is null ? SqliteOpenMode.Memory : SqliteOpenMode.ReadWrite,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        }.ToString());
        var database = new Database(path ?? shownAs ?? ":memory:", connection);
        try
        {
            database.Guard(connection.Open);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens an existing file for several processes at once: readers and one writer do not wait for each other.</summary>
    /// <param name="durable">Whether a commit survives a power cut. Without it the newest ones may be lost then, but never half of one.</param>
    /// <param name="pageSize">For a new file.</param>
    public static Database OpenWal(string path, bool durable, int pageSize = 4096)
    {
        var database = Open(path);
        try
        {
            database.Run($"PRAGMA busy_timeout = {BusySeconds * 1000}");
            database.Run($"PRAGMA page_size = {pageSize}");
            database.Run("PRAGMA journal_mode = WAL");

            // A large transaction's log would keep its size otherwise.
            database.Run("PRAGMA journal_size_limit = 4194304");
            database.Run($"PRAGMA synchronous = {(durable ? "FULL" : "NORMAL")}");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement and returns how many rows it changed.</summary>
    public int Execute(FormattableString sql) => Guard(() => Command(sql).ExecuteNonQuery());

    /// <summary>Runs statements that have no parameters and are run once: a script, a pragma.</summary>
    public void Run(string sql) => Guard(() =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    });

    public long? Number(FormattableString sql) => Guard(() => Command(sql).ExecuteScalar() as long?);

    public string? Text(FormattableString sql) => Guard(() => Command(sql).ExecuteScalar() as string);

    public byte[]? Blob(FormattableString sql) => Guard(() => Command(sql).ExecuteScalar() as byte[]);

    public T? First<T>(FormattableString sql, Func<SqliteDataReader, T> map)
        where T : class => Guard(() =>
    {
        using var reader = Command(sql).ExecuteReader();
        return reader.Read() ? map(reader) : null;
    });

    public List<T> Query<T>(FormattableString sql, Func<SqliteDataReader, T> map) => Guard(() =>
    {
        using var reader = Command(sql).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    });

    /// <summary>The rows one by one, as of the moment of the first. The statement must not be run again before the last.</summary>
    public IEnumerable<T> Stream<T>(FormattableString sql, Func<SqliteDataReader, T> map)
    {
        using var reader = Guard(() => Command(sql).ExecuteReader());
        while (Guard(reader.Read))
        {
            yield return map(reader);
        }
    }

    /// <summary>Runs <paramref name="work"/> in one transaction: all of it or nothing.</summary>
    public T InTransaction<T>(bool write, Func<T> work)
    {
        Begin(write);
        try
        {
            var result = work();
            Commit();
            return result;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>A writer takes the lock at once: one that read first and then wants to write could only fail when another was quicker.</summary>
    public void Begin(bool write) => Run(write ? "BEGIN IMMEDIATE" : "BEGIN");

    public void Commit() => Run("COMMIT");

    public void Rollback()
    {
        // SQLite has rolled back by itself after some errors (disk full, I/O).
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            Run("ROLLBACK");
        }
    }

    /// <summary>Runs <paramref name="work"/> inside an open transaction: all of it or nothing, and the transaction goes on.</summary>
    public void Together(Action work)
    {
        const string Here = "together";
        Run($"SAVEPOINT {Here}");
        try
        {
            work();
        }
        catch
        {
            // As in Rollback.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                Run($"ROLLBACK TO {Here}");
                Run($"RELEASE {Here}");
            }

            throw;
        }

        Run($"RELEASE {Here}");
    }

    /// <summary>Copies this database, as of one moment, over another.</summary>
    public void CopyTo(Database other) => Guard(() => _connection.BackupDatabase(other._connection));

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private SqliteCommand Command(FormattableString sql)
    {
        if (!_commands.TryGetValue(sql.Format, out var command))
        {
            var names = Enumerable.Range(1, sql.ArgumentCount).Select(n => $"${n}").ToArray();
            command = _connection.CreateCommand();
            command.CommandText = string.Format(null, sql.Format, names);
            foreach (var name in names)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            }

            _commands.Add(sql.Format, command);
        }

        for (var i = 0; i < sql.ArgumentCount; i++)
        {
            command.Parameters[i].Value = SqlValue.From(sql.GetArgument(i));
        }

        return command;
    }

    private void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw SqlErrors.Translate(e, Path);
        }
    }
}
