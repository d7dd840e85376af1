using ManagedDns.Store.Schema;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store;

/// <summary>
/// Copies a store as of one moment while cmdlets and the server go on writing, and puts such a copy back. A backup is a store: its folder can be
/// opened as one.
/// </summary>
public static class StoreBackup
{
    // SQLite's own names for what it keeps beside a database.
    private const string Log = "-wal";
    private const string SharedIndex = "-shm";

    /// <summary>Writes a backup.</summary>
    /// <param name="target">A folder that does not exist or is empty.</param>
    /// <param name="withContents">Zone contents too; without them the zones are transferred again after a restore.</param>
    /// <param name="withKey">The key that seals secrets too: whoever has such a backup has the secrets.</param>
    /// <exception cref="StoreException">There is no store, or the target is in use or cannot be written.</exception>
    public static void Write(string folder, string target, bool withContents, bool withKey)
    {
        RequireStore(folder);
        RequireEmpty(target);
        StoreFolder.Create(target);
        Copy(StoreFolder.SettingsFile(folder), StoreFolder.SettingsFile(target));
        if (withContents && File.Exists(StoreFolder.ContentsFile(folder)))
        {
            Copy(StoreFolder.ContentsFile(folder), StoreFolder.ContentsFile(target));
        }

        if (withKey && File.Exists(StoreFolder.KeyFile(folder)))
        {
            CopyKey(folder, target);
        }
    }

    /// <summary>
    /// Puts a backup in the place of a store. The backup is looked through first; the old store goes only when all of the new one is there.
    /// </summary>
    /// <param name="replace">Whether a store that is there may be replaced.</param>
    /// <exception cref="StoreException">The backup is damaged or of a newer version; a server runs; there is a store already.</exception>
    public static void Restore(string backup, string folder, bool replace)
    {
        RequireStore(backup);
        if (Whole(backup) == Whole(folder))
        {
            throw new StoreException(
                StoreError.Invalid, $"'{folder}' is the store itself, not a backup of it.",
                "Give the folder that Backup-ManagedDnsStore has written.")
            {
                Target = folder,
            };
        }

        if (Directory.Exists(folder) && ServerLock.Holder(folder) is not null)
        {
            throw new StoreException(StoreError.InUse, $"A server runs on '{folder}'.", "Stop it first: Stop-SecondaryServer.") { Target = folder };
        }

        if (File.Exists(StoreFolder.SettingsFile(folder)) && !replace)
        {
            throw new StoreException(
                StoreError.DuplicateName, $"There is a store in '{folder}' already.", "Give -Force to replace it, or another folder with -StorePath.")
            {
                Target = folder,
            };
        }

        StoreFolder.Create(folder);
        string[] files = [StoreFolder.SettingsFile(folder), StoreFolder.ContentsFile(folder), StoreFolder.KeyFile(folder)];
        var made = files.Select(file => file + ".restored").ToArray();
        string[] from = [StoreFolder.SettingsFile(backup), StoreFolder.ContentsFile(backup), StoreFolder.KeyFile(backup)];
        for (var i = 0; i < files.Length; i++)
        {
            // A folder that was copied with a store in use has what was written last beside the database.
            foreach (var beside in new[] { "", Log })
            {
                File.Delete(made[i] + beside);
                if (File.Exists(from[i] + beside))
                {
                    StoreFolder.CreateFile(made[i] + beside);
                    File.Copy(from[i] + beside, made[i] + beside, overwrite: true);
                }
            }
        }

        // Its copy is opened and not the backup itself: that may be on a disk which can only be read.
        try
        {
            Check(made[0], backup);
        }
        catch
        {
            Array.ForEach(made, file => Array.ForEach([file, file + Log, file + SharedIndex], File.Delete));
            throw;
        }

        for (var i = 0; i < files.Length; i++)
        {
            // What SQLite keeps beside a database belongs to the one that goes.
            File.Delete(files[i] + Log);
            File.Delete(files[i] + SharedIndex);

            // A backup without its key leaves the key that is there: it may be the very one.
            if (File.Exists(made[i]))
            {
                File.Move(made[i], files[i], overwrite: true);
                if (File.Exists(made[i] + Log))
                {
                    File.Move(made[i] + Log, files[i] + Log, overwrite: true);
                }

                File.Delete(made[i] + SharedIndex);
            }
            else if (i == 1)
            {
                File.Delete(files[i]);
            }
        }
    }

    private static void Check(string settings, string backup)
    {
        using var copy = Database.Open(null, shownAs: StoreFolder.SettingsFile(backup));
        using (var original = Database.Open(settings))
        {
            original.CopyTo(copy);
        }

        if (copy.Text($"PRAGMA integrity_check") is var found and not "ok")
        {
            throw new StoreException(
                StoreError.Damaged, $"The backup in '{backup}' is damaged: {found}", "Restore another backup.")
            { Target = backup };
        }

        Migrations.Settings.Apply(copy);
    }

    private static void Copy(string from, string to)
    {
        StoreFolder.CreateFile(to);
        using var original = Database.Open(from);
        using var copy = Database.Open(to);
        original.CopyTo(copy);
    }

    private static void CopyKey(string folder, string target)
    {
        StoreFolder.CreateFile(StoreFolder.KeyFile(target));
        File.Copy(StoreFolder.KeyFile(folder), StoreFolder.KeyFile(target), overwrite: true);
    }

    private static string Whole(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static void RequireStore(string folder)
    {
        if (!File.Exists(StoreFolder.SettingsFile(folder)))
        {
            throw new StoreException(StoreError.NotFound, $"There is no store in '{folder}'.", "Give the folder that holds settings.db.") { Target = folder };
        }
    }

    private static void RequireEmpty(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new StoreException(StoreError.Invalid, $"'{folder}' is not empty.", "Give a folder that does not exist yet.") { Target = folder };
        }
    }
}
