using System.Diagnostics;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace Store.Tests;

/// <summary>Real processes on one store at once.</summary>
public sealed class ConcurrencyTests : StoreTest
{
    private const int Zones = 50;

    private readonly List<Process> _writers = [];
    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public ConcurrencyTests()
    {
        _bound.CancelAfter(TimeSpan.FromMinutes(3));
        using var batch = Store.Begin();
        for (var i = 0; i < Zones; i++)
        {
            Store.Zones.Add(Name($"z{i}.example"), Common, comment: "new");
        }

        batch.Commit();
    }

    private Process Writer(string name, int rounds, string? folder = null, string half = "settings")
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "StoreWriter.exe" : "StoreWriter");
        var writer = Process.Start(program, [half, folder ?? Folder.Store, name, $"{rounds}"]);
        _writers.Add(writer);
        return writer;
    }

    protected override void Dispose(bool disposing)
    {
        // A test that failed leaves no writer behind, which would write for ever.
        foreach (var writer in _writers)
        {
            writer.Kill();
            writer.WaitForExit();
            writer.Dispose();
        }

        _bound.Dispose();
        base.Dispose(disposing);
    }

    private static string OneRemark(ManagedDnsStore store) => Assert.Single(store.ReadSettings().Zones.Select(zone => zone.Comment).Distinct());

    [Fact]
    public async Task Two_processes_write_at_once_and_a_reader_never_sees_half_a_change()
    {
        const int Rounds = 60;
        var start = Store.Generation;
        var first = Writer("first", Rounds);
        var second = Writer("second", Rounds);
        var generation = start;
        while (!first.HasExited || !second.HasExited)
        {
            _bound.Token.ThrowIfCancellationRequested();
            OneRemark(Store);
            Assert.True(Store.Generation >= generation);
            generation = Store.Generation;
        }

        await first.WaitForExitAsync(_bound.Token);
        await second.WaitForExitAsync(_bound.Token);
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(start + (2 * Rounds), Store.Generation);
        Assert.EndsWith($" {Rounds - 1}", OneRemark(Store), StringComparison.Ordinal);
        Assert.Equal("ok", TestFolder.Sql(Folder.Settings, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task A_writer_killed_at_work_leaves_a_whole_store_that_others_write_on()
    {
        for (var i = 0; i < 3; i++)
        {
            var before = Store.Generation;
            var writer = Writer($"killed {i}", int.MaxValue);
            while (Store.Generation < before + 3)
            {
                _bound.Token.ThrowIfCancellationRequested();
                Assert.False(writer.HasExited);
            }

            writer.Kill();
            await writer.WaitForExitAsync(_bound.Token);
            Assert.StartsWith($"killed {i}", OneRemark(Store), StringComparison.Ordinal);
            Store.Zones.Add(Name($"more{i}.example"), Common, comment: OneRemark(Store));
        }

        Assert.Equal("ok", TestFolder.Sql(Folder.Settings, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Killed_at_work_it_leaves_contents_of_one_version_whole_and_no_damage()
    {
        for (var i = 0; i < 3; i++)
        {
            var writer = Writer("contents", int.MaxValue, half: "contents");
            var begun = DateTime.UtcNow;
            FileInfo log;
            do
            {
                _bound.Token.ThrowIfCancellationRequested();
                Assert.False(writer.HasExited);
                log = new FileInfo(Folder.Contents + "-wal");
            }
            while (!log.Exists || log.Length < 4 << 20 || log.LastWriteTimeUtc < begun);

            writer.Kill();
            await writer.WaitForExitAsync(_bound.Token);

            var setAside = new List<string>();
            using var contents = new ContentsDatabase(Store, setAside.Add);
            Assert.Empty(setAside);
            var kept = contents.List();
            Assert.Equal(2, kept.Count);
            Assert.Equal(kept[0].Serial, kept[1].Serial);
            foreach (var zone in kept)
            {
                var chunks = contents.Read(zone.ZoneId, zone.Kind).Select(chunk => chunk.ToArray()).ToList();
                Assert.Equal(8, chunks.Count);
                Assert.All(chunks, chunk => Assert.True(chunk.AsSpan().IndexOfAnyExcept((byte)zone.Serial) < 0));
            }
        }
    }

    [Fact]
    public async Task Processes_that_make_the_same_store_at_once_make_one()
    {
        var folder = Path.Combine(Folder.Path, "fresh");
        var writers = Enumerable.Range(0, 4).Select(i => Writer($"w{i}", 1, folder)).ToArray();
        foreach (var writer in writers)
        {
            await writer.WaitForExitAsync(_bound.Token);
            Assert.Equal(0, writer.ExitCode);
        }

        using var store = ManagedDnsStore.Open(folder, StoreMode.Open);
        Assert.Single(store.CommonSettings.All());
    }

    [Fact]
    public async Task Two_connections_that_make_the_first_key_at_once_agree_on_the_sealing_key()
    {
        var names = Enumerable.Range(0, 4).Select(i => $"key{i}.example").ToArray();
        await Task.WhenAll(names.Select(name => Task.Run(() =>
        {
            using var store = ManagedDnsStore.Open(Folder.Store);
            store.TsigKeys.Add(Key(name));
        }, _bound.Token))).WaitAsync(_bound.Token);
        Assert.Equal(names.Order(), Store.TsigKeys.All().Select(key => key.Name.ToDisplayString()));
    }
}
