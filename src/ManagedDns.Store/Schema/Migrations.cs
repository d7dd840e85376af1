using System.Reflection;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Schema;

/// <summary>
/// Brings a database forward to the newest schema, one script a version, each in a transaction of its own. The version stands in the file's header
/// (<c>user_version</c>), beside an application id that tells our files from others.
/// </summary>
internal sealed class Migrations(int applicationId, params string[] scripts)
{
    /// <summary>Scripts in order: the first makes version 1. Never change one that was released; add another.</summary>
    public static readonly Migrations Settings = new(0x4D444E53, Script("settings-1.sql"));

    public static readonly Migrations Contents = new(0x4D444E43, Script("contents-1.sql"));

    public int Newest => scripts.Length;

    /// <exception cref="StoreException">Not one of our files, or one of a newer version.</exception>
    public void Apply(Database database)
    {
        if (Check(database) == Newest)
        {
            return;
        }

        // Another process may be at it too: the version counts that is read once the lock is held.
        while (database.InTransaction(write: true, () => Step(database)) < Newest)
        {
        }
    }

    private int Step(Database database)
    {
        var version = Check(database);
        if (version < Newest)
        {
            database.Run(scripts[version]);
            database.Run($"PRAGMA application_id = {applicationId}");
            database.Run($"PRAGMA user_version = {++version}");
        }

        return version;
    }

    private int Check(Database database)
    {
        var version = (int)database.Number($"PRAGMA user_version")!.Value;
        var id = database.Number($"PRAGMA application_id");
        var empty = version == 0 && id == 0 && database.Number($"SELECT count(*) FROM sqlite_master") == 0;
        if (!empty && id != applicationId)
        {
            throw new StoreException(
                StoreError.NotAStore, $"'{database.Path}' is a database, but not one of ManagedDns.", "Give the folder of a ManagedDns store.")
            {
                Target = database.Path,
            };
        }

        if (version > Newest)
        {
            throw new StoreException(
                StoreError.NewerVersion,
                $"'{database.Path}' has schema version {version}; this program knows versions up to {Newest}.",
                "Use the newer ManagedDns that wrote it, or put back a backup from before the upgrade.")
            {
                Target = database.Path,
            };
        }

        return version;
    }

    private static string Script(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
