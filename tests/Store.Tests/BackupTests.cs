using ManagedDns.Store;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace Store.Tests;

/// <summary>What is put back, and what is none.</summary>
public sealed class BackupTests : StoreTest
{
    private string Elsewhere => Path.Combine(Folder.Path, "elsewhere");

    [Fact]
    public void A_folder_that_was_copied_while_the_store_was_in_use_brings_back_what_was_written_last()
    {
        var copied = Directory.CreateDirectory(Path.Combine(Folder.Path, "copied")).FullName;
        Store.TsigKeys.Add(Key("last.example"));
        foreach (var file in Directory.GetFiles(Folder.Store).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copied, Path.GetFileName(file)));
        }

        Assert.True(new FileInfo(Path.Combine(copied, "settings.db-wal")).Length > 0);
        StoreBackup.Restore(copied, Elsewhere, replace: false);

        using var restored = ManagedDnsStore.Open(Elsewhere, StoreMode.Open);
        Assert.Equal(["last.example"], restored.TsigKeys.All().Select(key => key.Name.ToDisplayString()));
        Assert.DoesNotContain(Directory.GetFiles(Elsewhere), file => file.Contains("restored", StringComparison.Ordinal));
    }

    [Fact]
    public void A_store_is_not_a_backup_of_itself()
    {
        Store.TsigKeys.Add(Key("kept.example"));

        var itself = Folder.Store + Path.DirectorySeparatorChar;
        Fails(StoreError.Invalid, () => StoreBackup.Restore(Path.Combine(itself, "."), itself, replace: true));
        Assert.Single(Store.TsigKeys.All());
    }

    [Fact]
    public void A_file_where_a_store_is_meant_is_told_as_one()
    {
        File.WriteAllText(Elsewhere, "x");

        Fails(StoreError.NotAStore, () => StoreFolder.HasStore(Elsewhere));
        Assert.True(StoreFolder.HasStore(Folder.Store));
        Assert.False(StoreFolder.HasStore(Path.Combine(Folder.Path, "nowhere")));
    }

    [Theory]
    [InlineData(1544, StoreError.NoAccess)] // READONLY_DIRECTORY, which the copy of a database throws as it is
    [InlineData(8, StoreError.NoAccess)]
    [InlineData(779, StoreError.Damaged)] // CORRUPT_INDEX
    [InlineData(517, StoreError.Busy)] // BUSY_SNAPSHOT
    public void An_extended_code_of_SQLite_means_what_its_code_means(int code, StoreError error) =>
        Assert.Equal(error, SqlErrors.Translate(new SqliteException("told", code, code), "settings.db").Error);
}
