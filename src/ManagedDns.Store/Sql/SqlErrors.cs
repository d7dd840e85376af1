using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ManagedDns.Store.Sql;

/// <summary>What SQLite's result codes mean for an operator.</summary>
internal static class SqlErrors
{
    public static StoreException Translate(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        SQLITE_BUSY or SQLITE_LOCKED => new(
            StoreError.Busy, $"Another process kept '{path}' locked.", "Try again; if it stays so, look for a program that holds the file open for writing.", e)
        {
            Target = path,
        },
        SQLITE_NOTADB => new(
            StoreError.NotAStore, $"'{path}' is not a database.", "Give the folder of a ManagedDns store, or move the file away.", e) { Target = path },
        SQLITE_CORRUPT => new(
            StoreError.Damaged, $"'{path}' is damaged: {e.Message}", "Stop the server and put back a backup of the store's folder.", e) { Target = path },
        SQLITE_FULL => new(
            StoreError.Full, $"The disk is full; nothing was changed in '{path}'.", "Make room on the disk and try again.", e) { Target = path },
        SQLITE_IOERR => new(
            StoreError.NoAccess, $"The disk failed under '{path}': {e.Message}", "Check the disk and its file system.", e) { Target = path },
        SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM => new(
            StoreError.NoAccess, $"'{path}' cannot be opened for writing: {e.Message}", "Run as the store's owner, or give another folder with -StorePath.", e)
        {
            Target = path,
        },
        _ => new(StoreError.Internal, $"'{path}' refused a statement: {e.Message}", "This is a fault of ManagedDns; please report it.", e) { Target = path },
    };
}
