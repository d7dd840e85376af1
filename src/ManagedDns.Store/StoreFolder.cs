using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace ManagedDns.Store;

/// <summary>
/// A store is a folder. This says where it is when nobody says, what lies in it, and makes both so that nobody else can read them.
/// </summary>
public static class StoreFolder
{
    public const string EnvironmentVariable = "MANAGEDDNS_STORE";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string SettingsFile(string folder) => Path.Combine(folder, "settings.db");

    public static string ContentsFile(string folder) => Path.Combine(folder, "contents.db");

    public static string KeyFile(string folder) => Path.Combine(folder, "store.key");

    public static string LogFile(string folder) => Path.Combine(folder, "managed-dnsd.log");

    /// <summary>The folder meant: that given, else <c>MANAGEDDNS_STORE</c>, else the platform's place for service data (root) or user data.</summary>
    /// <returns>An absolute path; the folder need not exist.</returns>
    public static string Resolve(string? given = null) =>
        Resolve(given, Environment.GetEnvironmentVariable, Environment.IsPrivilegedProcess, OperatingSystem.IsWindows());

    internal static string Resolve(string? given, Func<string, string?> environment, bool privileged, bool windows)
    {
        if (!string.IsNullOrWhiteSpace(given))
        {
            return Path.GetFullPath(given);
        }

        if (environment(EnvironmentVariable) is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }

        if (windows)
        {
            var place = privileged ? Environment.SpecialFolder.CommonApplicationData : Environment.SpecialFolder.LocalApplicationData;
            return Path.Combine(Environment.GetFolderPath(place), "ManagedDns");
        }

        if (privileged)
        {
            return "/var/lib/manageddns";
        }

        // XDG Base Directory Specification: a relative path in the variable is to be ignored.
        var data = environment("XDG_DATA_HOME") is { } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : Path.Combine(environment("HOME") ?? Path.GetTempPath(), ".local", "share");
        return Path.Combine(data, "manageddns");
    }

    /// <summary>Whether there is a store in the folder.</summary>
    /// <exception cref="StoreException">
    /// <see cref="StoreError.NotAStore"/>: it is a file. <see cref="StoreError.NoAccess"/>: this user may not look into it.
    /// </exception>
    public static bool HasStore(string folder)
    {
        if (File.Exists(folder))
        {
            throw new StoreException(
                StoreError.NotAStore, $"'{folder}' is a file; a store is a folder.", "Give the folder of a store with -StorePath.")
            {
                Target = folder,
            };
        }

        try
        {
            // A file in a folder that may not be looked into does not exist, for all that is told of it.
            return File.Exists(SettingsFile(folder)) || (Directory.Exists(folder) && Directory.EnumerateFiles(folder, "settings.db").Any());
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(
                StoreError.NoAccess, $"'{folder}' cannot be read: this user may not.",
                "Run as the store's owner, or give another folder with -StorePath.", e)
            {
                Target = folder,
            };
        }
    }

    /// <summary>Makes the folder, for its owner only. One that exists is left as it is.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.NoAccess"/>.</exception>
    internal static void Create(string folder) => Guard(folder, () =>
    {
        if (OperatingSystem.IsWindows())
        {
            CreateForOwner(new DirectoryInfo(folder));
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    });

    /// <summary>
    /// Makes an empty file for its owner only, so that what SQLite puts beside it (-wal, -shm) gets the same mode; tightens one that exists. On
    /// Windows its folder's access list is its own.
    /// </summary>
    /// <exception cref="StoreException"><see cref="StoreError.NoAccess"/>.</exception>
    public static void CreateFile(string path) => Guard(path, () =>
    {
        // An existing file must not be opened here: closing it would drop the locks that SQLite holds on it in this process (fcntl locks belong to
        // the process, not to the descriptor).
        if (!File.Exists(path))
        {
            try
            {
                // Shared: another process may open it before it is closed here.
                var options = new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Share = FileShare.ReadWrite | FileShare.Delete,
                };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = OwnerOnly;
                }

                new FileStream(path, options).Dispose();
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was quicker.
            }
        }

        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    });

    [SupportedOSPlatform("windows")]
    private static void CreateForOwner(DirectoryInfo folder)
    {
        if (folder.Exists)
        {
            return;
        }

        using var user = WindowsIdentity.GetCurrent();
        var security = new DirectorySecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        IdentityReference[] owners =
        [
            user.User!,
            new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
        ];
        foreach (var owner in owners)
        {
            security.AddAccessRule(new FileSystemAccessRule(
                owner,
                FileSystemRights.FullControl,
                InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit,
                PropagationFlags.None,
                AccessControlType.Allow));
        }

        folder.Create(security);
    }

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StoreException(
                StoreError.NoAccess,
                $"'{path}' cannot be made or written: {Why(path, e)}",
                "Run as its owner, or give another path.",
                e)
            {
                Target = path,
            };
        }
    }

    private static string Why(string path, Exception fault) =>
        Directory.Exists(path) ? "it is a folder."
        : File.Exists(path) && fault is IOException ? "there is a file of that name."
        : fault is UnauthorizedAccessException ? "this user may not."
        : fault is DirectoryNotFoundException or FileNotFoundException ? "its folder is not there, or is none."
        : fault.Message;
}
