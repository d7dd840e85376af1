using ManagedDns.Store.Sql;

namespace ManagedDns.Store;

/// <summary>What the table classes share: the connection, the secrets, the clock, and the one transaction that may be open.</summary>
internal sealed class StoreSession(Database database, SecretBox secrets, TimeProvider time) : IDisposable
{
    private StoreTransaction? _transaction;

    public Database Database { get; } = database;

    public SecretBox Secrets { get; } = secrets;

    public TimeProvider Time { get; } = time;

    public StoreTransaction Begin()
    {
        if (_transaction is not null)
        {
            throw new InvalidOperationException("A transaction is open already.");
        }

        Database.Begin(write: true);
        return _transaction = new StoreTransaction(this);
    }

    /// <summary>
    /// Makes one change, in the transaction that is open or in one of its own. <paramref name="change"/> checks everything before its first write:
    /// when it throws, it has written nothing, and a batch goes on.
    /// </summary>
    /// <param name="settings">Whether this changes what <see cref="ManagedDnsStore.ReadSettings"/> returns.</param>
    public T Change<T>(Func<T> change, bool settings = true)
    {
        if (_transaction is { } ambient)
        {
            var done = change();
            ambient.ChangesSettings |= settings;
            return done;
        }

        using var own = Begin();
        var result = change();
        own.ChangesSettings = settings;
        own.Commit();
        return result;
    }

    public void Change(Action change, bool settings = true) => Change(
        () =>
        {
            change();
            return true;
        },
        settings);

    /// <summary>Reads several tables as of one moment.</summary>
    public T Read<T>(Func<T> read) => _transaction is null ? Database.InTransaction(write: false, read) : read();

    public long Generation() => Database.Number($"SELECT generation FROM store WHERE id = 1")!.Value;

    public void Dispose()
    {
        _transaction?.Dispose();
        Database.Dispose();
    }

    internal long Commit(StoreTransaction transaction)
    {
        if (transaction.ChangesSettings)
        {
            Database.Execute($"UPDATE store SET generation = generation + 1 WHERE id = 1");
        }

        var generation = Generation();
        Database.Commit();
        _transaction = null;
        return generation;
    }

    internal void Rollback()
    {
        _transaction = null;
        Database.Rollback();
    }
}
