using System.Globalization;

namespace ManagedDns.Store;

/// <summary>
/// One server a store: the running one holds a lock on a file in the folder. The system releases it with the process, however that ended,
/// so that nothing stale is left after kill -9. The process id stands beside it, in a file that others can read.
/// </summary>
public sealed class ServerLock : IDisposable
{
    private const int Tries = 50;
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;
    private readonly string _pidFile;

    private ServerLock(FileStream file, string pidFile)
    {
        _file = file;
        _pidFile = pidFile;
    }

    /// <returns>Null when another server runs on this store.</returns>
    /// <exception cref="StoreException"><see cref="StoreError.NoAccess"/>.</exception>
    public static ServerLock? TryTake(string folder)
    {
        // More than one try: a cmdlet that looks whether the server runs holds the lock for a moment.
        for (var i = 0; i < Tries; i++)
        {
            if (i > 0)
            {
                Thread.Sleep(s_betweenTries);
            }

            if (TryOpen(folder, FileAccess.ReadWrite, FileShare.None) is { } file)
            {
                StoreFolder.CreateFile(PidFile(folder));
                File.WriteAllText(PidFile(folder), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return new ServerLock(file, PidFile(folder));
            }
        }

        return null;
    }

    /// <summary>The process id of the server that runs on the store; null when none does.</summary>
    public static int? Holder(string folder)
    {
        if (!File.Exists(LockFile(folder)))
        {
            return null;
        }

        using (var file = TryOpen(folder, FileAccess.Read, FileShare.Read))
        {
            if (file is not null)
            {
                return null;
            }
        }

        // The id is written after the lock is taken, and removed before it is released: 0 stands for "running, id not known".
        return int.TryParse(ReadShared(PidFile(folder)), CultureInfo.InvariantCulture, out var pid) ? pid : 0;
    }

    public void Dispose()
    {
        File.Delete(_pidFile);
        _file.Dispose();
    }

    /// <summary>Reads what its server may be writing or removing: Windows would keep a plain reader and it from each other.</summary>
    private static string? ReadShared(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone; on Windows one that goes is closed to all.
            return null;
        }
    }

    private static FileStream? TryOpen(string folder, FileAccess access, FileShare share)
    {
        var path = LockFile(folder);
        try
        {
            StoreFolder.CreateFile(path);
            return new FileStream(path, FileMode.OpenOrCreate, access, share);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(StoreError.NoAccess, $"'{path}' cannot be opened: {e.Message}", "Run as the store's owner.", e)
            {
                Target = path,
            };
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string LockFile(string folder) => Path.Combine(folder, "managed-dnsd.lock");

    private static string PidFile(string folder) => Path.Combine(folder, "managed-dnsd.pid");
}
