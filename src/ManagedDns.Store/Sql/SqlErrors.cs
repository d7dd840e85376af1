using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ManagedDns.Store.Sql;

/// <summary>What SQLite's result codes mean for an operator.</summary>
internal static class SqlErrors
{
    public static StoreException Translate(SqliteException e, string path)
    {
        // The index of the log lies in shared memory: a file that cannot grow says so by an error of its own. A copy of a database fails with an
        // extended code (as 1544, READONLY_DIRECTORY), whose last octet is the code itself.
        var code = e.SqliteExtendedErrorCode == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : e.SqliteErrorCode & 0xFF;
        var (error, message, remedy) = code switch
        {
            SQLITE_BUSY or SQLITE_LOCKED => (
                StoreError.Busy,
                $"Another process kept '{path}' locked.",
                "Try again; if it stays so, look for a program that holds the file open for writing."),
            SQLITE_NOTADB => (StoreError.NotAStore, $"'{path}' is not a database.", "Give the folder of a ManagedDns store, or move the file away."),
            SQLITE_CORRUPT => (
                StoreError.Damaged,
                $"'{path}' is damaged: {e.Message}",
                "Stop-SecondaryServer, then put back a backup: Restore-ManagedDnsStore -Force."),
            SQLITE_FULL => (StoreError.Full, $"The disk is full; nothing was changed in '{path}'.", "Make room on the disk and try again."),
            SQLITE_IOERR => (StoreError.NoAccess, $"The disk failed under '{path}': {e.Message}", "Check the disk and its file system."),
            SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM => (
                StoreError.NoAccess,
                $"'{path}' cannot be opened for writing, which reading needs too: the file, its folder or its disk is for reading only.",
                "Run as the store's owner, or give another folder with -StorePath."),
            SQLITE_ERROR when SpeaksOfSchema(e.Message) => (
                StoreError.OtherSchema,
                $"'{path}' lacks what this program looks for in it: {e.Message}",
                "Another build of ManagedDns or another program changed it. Put back a backup: Restore-ManagedDnsStore."),
            _ => (StoreError.Internal, $"'{path}' refused a statement: {e.Message}", "This is a fault of ManagedDns; please report it."),
        };
        return new StoreException(error, message, remedy, e) { Target = path };
    }

    // SQLite has no code of its own for this.
    private static bool SpeaksOfSchema(string message) =>
        message.Contains("no such table", StringComparison.Ordinal) || message.Contains("no such column", StringComparison.Ordinal)
        || message.Contains("has no column named", StringComparison.Ordinal);
}
