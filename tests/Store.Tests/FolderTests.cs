using System.Runtime.Versioning;
using ManagedDns.Store;
using ManagedDns.Store.Schema;
using ManagedDns.Store.Sql;

namespace Store.Tests;

public sealed class FolderTests : StoreTest
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Folder_and_files_are_for_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has access lists instead of modes.");
        Store.TsigKeys.Add(Key("key.example"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder.Store));
        var files = Directory.GetFiles(Folder.Store).Order().ToArray();
        Assert.Equal(["settings.db", "settings.db-shm", "settings.db-wal", "store.key"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_settings_file_that_others_could_read_is_tightened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has access lists instead of modes.");
        File.SetUnixFileMode(Folder.Settings, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        ManagedDnsStore.Open(Folder.Store).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Folder.Settings));
    }

    [Fact]
    public void The_place_of_a_store_is_the_one_given_else_the_environments_else_the_platforms()
    {
        string? Environment(string name) => name == "MANAGEDDNS_STORE" ? "/srv/dns" : null;
        string? User(string name) => name == "HOME" ? "/home/op" : null;
        string? Xdg(string name) => name == "XDG_DATA_HOME" ? "/data" : null;
        string? RelativeXdg(string name) => name == "XDG_DATA_HOME" ? "data" : User(name);

        Assert.Equal("/x", StoreFolder.Resolve("/x", Environment, privileged: true, windows: false));
        Assert.Equal("/srv/dns", StoreFolder.Resolve(null, Environment, privileged: true, windows: false));
        Assert.Equal("/var/lib/manageddns", StoreFolder.Resolve(null, User, privileged: true, windows: false));
        Assert.Equal("/home/op/.local/share/manageddns", StoreFolder.Resolve(null, User, privileged: false, windows: false));
        Assert.Equal("/data/manageddns", StoreFolder.Resolve(null, Xdg, privileged: false, windows: false));
        Assert.Equal("/home/op/.local/share/manageddns", StoreFolder.Resolve(null, RelativeXdg, privileged: false, windows: false));
    }

    [Fact]
    public void Opening_without_creating_says_that_there_is_none_and_makes_nothing()
    {
        var nowhere = Path.Combine(Folder.Path, "nowhere");
        Fails(StoreError.NotFound, () => ManagedDnsStore.Open(nowhere, StoreMode.Open));
        Assert.False(Directory.Exists(nowhere));
    }

    [Fact]
    public void A_preview_of_no_store_is_an_empty_one_and_makes_nothing()
    {
        var nowhere = Path.Combine(Folder.Path, "nowhere");
        using (var preview = ManagedDnsStore.Open(nowhere, StoreMode.Preview))
        {
            preview.TsigKeys.Add(Key("key.example"));
            Assert.Equal("key.example", Assert.Single(preview.TsigKeys.All()).Name.ToDisplayString());
        }

        Assert.False(Directory.Exists(nowhere));
    }

    [Fact]
    public void A_preview_shows_the_store_and_keeps_no_change()
    {
        Store.TsigKeys.Add(Key("key.example"));
        using (var preview = ManagedDnsStore.Open(Folder.Store, StoreMode.Preview))
        {
            Assert.Single(preview.TsigKeys.All());
            preview.TsigKeys.Remove(Name("key.example"));
            Assert.Empty(preview.TsigKeys.All());
        }

        Assert.Single(Store.TsigKeys.All());
    }

    [Fact]
    public void A_file_that_is_no_database_is_NotAStore()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder.Path, "other")).FullName;
        File.WriteAllText(Path.Combine(folder, "settings.db"), string.Concat(Enumerable.Repeat("no database at all\n", 100)));
        Fails(StoreError.NotAStore, () => ManagedDnsStore.Open(folder));
    }

    [Fact]
    public void Another_programs_database_is_NotAStore_and_stays_as_it_was()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder.Path, "other")).FullName;
        var file = Path.Combine(folder, "settings.db");
        TestFolder.Sql(file, "CREATE TABLE theirs (id INTEGER)");
        Fails(StoreError.NotAStore, () => ManagedDnsStore.Open(folder));
        Assert.Equal(1L, TestFolder.Sql(file, "SELECT count(*) FROM sqlite_master"));
    }

    [Fact]
    public void A_damaged_database_is_Damaged()
    {
        for (var i = 0; i < 500; i++)
        {
            Store.Zones.Add(Name($"z{i}.example"), Common);
        }

        Store.Dispose();
        using (var file = File.OpenWrite(Folder.Settings))
        {
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length - 4096).ToArray());
        }

        Fails(StoreError.Damaged, () =>
        {
            using var store = ManagedDnsStore.Open(Folder.Store);
            store.ReadSettings();
        });
    }

    [Fact]
    public void A_store_of_a_newer_version_is_refused_with_both_versions()
    {
        TestFolder.Sql(Folder.Settings, $"PRAGMA user_version = {99 << 24}");
        var e = Fails(StoreError.NewerVersion, () => ManagedDnsStore.Open(Folder.Store));
        Assert.Contains("99", e.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {Migrations.Settings.Newest}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_another_build_made_is_refused_untouched_with_both_schemas_and_a_way_on()
    {
        var ours = (int)(long)TestFolder.Sql(Folder.Settings, "PRAGMA user_version")!;

        // Written before schemas had a checksum, and with another one.
        foreach (var theirs in new[] { 1, ours ^ 0x123456 })
        {
            TestFolder.Sql(Folder.Settings, $"PRAGMA user_version = {theirs}");
            var e = Fails(StoreError.OtherSchema, () => ManagedDnsStore.Open(Folder.Store));
            Assert.Contains($"{theirs >>> 24}.{theirs & 0xFFFFFF:x6}", e.Message, StringComparison.Ordinal);
            Assert.Contains($"{ours >>> 24}.{ours & 0xFFFFFF:x6}", e.Message, StringComparison.Ordinal);
            Assert.Contains("Import-ManagedDnsConfiguration", e.Remedy, StringComparison.Ordinal);
            Fails(StoreError.OtherSchema, () => ManagedDnsStore.Open(Folder.Store, StoreMode.Preview));
            Assert.Equal((long)theirs, TestFolder.Sql(Folder.Settings, "PRAGMA user_version"));
        }
    }

    [Theory]
    [InlineData("ALTER TABLE managed_zone RENAME COLUMN comment TO remark")]
    [InlineData("DROP TABLE notify_target")]
    public void A_store_that_was_changed_by_hand_is_not_called_a_fault_of_ours(string change)
    {
        TestFolder.Sql(Folder.Settings, change);
        using var store = ManagedDnsStore.Open(Folder.Store);
        Fails(StoreError.OtherSchema, () => store.ReadSettings());
    }

    [Theory]
    [InlineData("CREATE TABLE zone (name TEXT NOT NULL) -- what it is\nSTRICT", true)]
    [InlineData("CREATE TABLE zone (name TEXT) STRICT", false)]
    public void A_schema_is_the_same_whatever_its_comments_say_and_another_with_other_columns(string script, bool same)
    {
        var file = Path.Combine(Folder.Path, "old.db");
        Open(file, new Migrations(7, "CREATE TABLE zone (name TEXT NOT NULL) STRICT")).Dispose();
        if (same)
        {
            Open(file, new Migrations(7, script)).Dispose();
        }
        else
        {
            Fails(StoreError.OtherSchema, () => Open(file, new Migrations(7, script)));
        }
    }

    [Fact]
    public void A_database_of_version_1_is_brought_forward_with_what_it_holds()
    {
        var file = Path.Combine(Folder.Path, "old.db");
        const string First = "CREATE TABLE zone (name TEXT NOT NULL) STRICT";
        using (var old = Open(file, new Migrations(7, First)))
        {
            old.Run("INSERT INTO zone VALUES ('example.org')");
        }

        // The first cannot be run twice.
        using var now = Open(file, new Migrations(7, First, "ALTER TABLE zone ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'"));
        Assert.Equal("blue", now.Text($"SELECT colour FROM zone WHERE name = {"example.org"}"));
        Assert.Equal(2, now.Number($"PRAGMA user_version") >>> 24);
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_database_as_it_was()
    {
        var file = Path.Combine(Folder.Path, "old.db");
        var first = new Migrations(7, "CREATE TABLE zone (name TEXT NOT NULL) STRICT");
        Open(file, first).Dispose();
        var failing = new Migrations(7, "CREATE TABLE zone (name TEXT NOT NULL) STRICT", "CREATE TABLE more (id INTEGER) STRICT; no SQL");
        Fails(StoreError.Internal, () => Open(file, failing).Dispose());
        Assert.Equal((long)first.Stamp(1), TestFolder.Sql(file, "PRAGMA user_version"));
        Assert.Equal(1L, TestFolder.Sql(file, "SELECT count(*) FROM sqlite_master"));
    }

    [Fact]
    public void Only_one_server_runs_on_a_store_and_its_process_id_is_known()
    {
        Assert.Null(ServerLock.Holder(Folder.Store));
        using (var held = ServerLock.TryTake(Folder.Store))
        {
            Assert.NotNull(held);
            Assert.Null(ServerLock.TryTake(Folder.Store));
            Assert.Equal(Environment.ProcessId, ServerLock.Holder(Folder.Store));
        }

        Assert.Null(ServerLock.Holder(Folder.Store));
        using var again = ServerLock.TryTake(Folder.Store);
        Assert.NotNull(again);
    }

    private static Database Open(string path, Migrations migrations)
    {
        File.Open(path, FileMode.OpenOrCreate).Dispose();
        var database = Database.OpenWal(path, durable: true);
        try
        {
            migrations.Apply(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
