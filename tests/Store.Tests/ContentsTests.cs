using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace Store.Tests;

public sealed class ContentsTests : StoreTest
{
    private static readonly DateTimeOffset s_now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly List<string> _setAside = [];

    private ContentsDatabase Open() => new(Store, _setAside.Add);

    private static StoredContent Content(long zone, uint serial, ContentKind kind = ContentKind.Primary) => new(zone, kind, serial, 3, s_now);

    private static ContentVersion Version(long zone, uint serial, params byte[][] chunks) =>
        new(Content(zone, serial), chunks.Select(chunk => (ReadOnlyMemory<byte>)chunk));

    private static byte[] Chunk(byte fill, int length) => Enumerable.Repeat(fill, length).ToArray();

    private static IEnumerable<StoredContent> List(ContentsDatabase contents) => contents.List().Select(content => content with { Chunks = null });

    private static byte[][] Read(ContentsDatabase contents, long zone, ContentKind kind = ContentKind.Primary) =>
        [.. contents.Read(zone, kind).Select(chunk => chunk.ToArray())];

    /// <returns>The chunks of the first.</returns>
    private ChunkSet KeepTwoHundredAndDamageThem()
    {
        ChunkSet first;
        using (var contents = Open())
        {
            first = contents.Replace([.. Enumerable.Range(1, 200).Select(zone => Version(zone, 1, Chunk((byte)zone, 3000)))], CancellationToken.None)[0];
        }

        using (var file = File.OpenWrite(Folder.Contents))
        {
            file.Position = 16384 * 2;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length - (16384 * 2)).ToArray());
        }

        return first;
    }

    private static byte[][] Part(ContentsDatabase contents, ChunkSet chunks, int first, int count) =>
        [.. contents.Read(chunks, first, count).Select(chunk => chunk.ToArray())];

    [Fact]
    public void What_was_kept_comes_back_after_a_restart_in_order()
    {
        var freshness = new Freshness(s_now.AddHours(-2), s_now.AddDays(7));
        using (var contents = Open())
        {
            contents.Replace(
                [
                    new(Content(1, 10) with { Freshness = freshness }, [Chunk(1, 65535), Chunk(2, 1), Chunk(3, 40000)]),
                    new(Content(1, 11, ContentKind.Published), [Chunk(4, 5)]),
                    new(Content(2, uint.MaxValue), [Chunk(5, 6)]),
                ],
                CancellationToken.None);
        }

        using var again = Open();
        Assert.Equal([Content(1, 10) with { Freshness = freshness }, Content(1, 11, ContentKind.Published), Content(2, uint.MaxValue)], List(again));
        Assert.Equal([Chunk(1, 65535), Chunk(2, 1), Chunk(3, 40000)], Read(again, 1));
        Assert.Equal([Chunk(4, 5)], Read(again, 1, ContentKind.Published));
        Assert.Empty(Read(again, 3));
        Assert.Empty(_setAside);
    }

    [Fact]
    public void A_newer_version_replaces_the_older_and_its_chunks()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100), Chunk(2, 100)), Version(2, 1, Chunk(9, 9))], CancellationToken.None);
        contents.Replace([Version(1, 2, Chunk(3, 100))], CancellationToken.None);
        Assert.Equal([Chunk(3, 100)], Read(contents, 1));
        Assert.Equal([Chunk(9, 9)], Read(contents, 2));
        Assert.Equal(2L, TestFolder.Sql(Folder.Contents, "SELECT count(*) FROM chunk"));
    }

    [Fact]
    public void A_batch_that_breaks_off_leaves_the_versions_that_were_there()
    {
        static IEnumerable<ReadOnlyMemory<byte>> Broken()
        {
            yield return Chunk(7, 1000);
            throw new InvalidOperationException("the source broke");
        }

        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100))], CancellationToken.None);
        Assert.Throws<InvalidOperationException>(
            () => contents.Replace([Version(2, 1, Chunk(2, 1)), new(Content(1, 2), Broken())], CancellationToken.None));
        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        Assert.Throws<OperationCanceledException>(() => contents.Replace([Version(1, 3, Chunk(3, 1))], canceled.Token));

        Assert.Equal(Content(1, 1), Assert.Single(List(contents)));
        Assert.Equal([Chunk(1, 100)], Read(contents, 1));
    }

    [Fact]
    public void A_reader_goes_on_with_the_version_it_began_with()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 50000), Chunk(2, 50000))], CancellationToken.None);
        using var reading = contents.Read(1, ContentKind.Primary).GetEnumerator();
        Assert.True(reading.MoveNext());
        contents.Replace([Version(1, 2, Chunk(3, 50000), Chunk(4, 50000))], CancellationToken.None);
        Assert.True(reading.MoveNext());
        Assert.Equal(Chunk(2, 50000), reading.Current.ToArray());
        Assert.False(reading.MoveNext());
        Assert.Equal([Chunk(3, 50000), Chunk(4, 50000)], Read(contents, 1));
    }

    [Fact]
    public void A_confirmation_moves_the_freshness_of_what_is_kept_and_makes_nothing()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        var freshness = new Freshness(s_now.AddMinutes(5), s_now.AddDays(1));
        contents.Confirm(new Dictionary<long, Freshness> { [1] = freshness, [2] = freshness });
        Assert.Equal(freshness, Assert.Single(contents.List()).Freshness);
    }

    private static Difference Step(uint from, uint to, int length = 100) => new(from, to, [Chunk((byte)from, length), Chunk((byte)to, 5)], 1, 2);

    private static ContentStep Steps(long zone, params Difference[] steps) => new(Content(zone, steps[^1].ToSerial), steps);

    /// <summary>The zones whose steps were not taken.</summary>
    private static IEnumerable<long> Rejected(ContentsDatabase contents, params ContentStep[] steps) =>
        contents.Append(steps, CancellationToken.None).Zip(steps).Where(pair => pair.First is null).Select(pair => pair.Second.Content.ZoneId);

    private static IEnumerable<(uint, uint, bool)> Chain(ContentsDatabase contents, long zone) =>
        contents.Journal(zone, ContentKind.Primary).Select(step => (step.Difference.FromSerial, step.Difference.ToSerial, step.IsInChunks));

    [Fact]
    public void Differences_come_back_after_a_restart_on_top_of_the_chunks()
    {
        using (var contents = Open())
        {
            contents.Replace([Version(1, 1, Chunk(1, 100)), Version(2, 1, Chunk(1, 100))], CancellationToken.None);
            Assert.Empty(Rejected(contents, Steps(1, Step(1, 2), Step(2, 3)), Steps(2, Step(1, 2))));
            Assert.Empty(Rejected(contents, Steps(1, Step(3, 4))));
        }

        using var again = Open();
        Assert.Equal([Content(1, 4) with { HasJournal = true }, Content(2, 2) with { HasJournal = true }], List(again));
        Assert.Equal([(1u, 2u, false), (2u, 3u, false), (3u, 4u, false)], Chain(again, 1));
        var kept = again.Journal(1, ContentKind.Primary)[0];
        Assert.Equal([Chunk(1, 100), Chunk(2, 5)], kept.Difference.Chunks);
        Assert.Equal((1, 2, s_now), (kept.Difference.Deleted, kept.Difference.Added, kept.Written));
        Assert.Equal([Chunk(1, 100)], Read(again, 1));
    }

    [Fact]
    public void The_chunks_of_a_version_can_be_read_by_part_until_another_takes_its_place()
    {
        using var contents = Open();
        var chunks = contents.Replace([Version(2, 1, Chunk(9, 9)), Version(1, 1, Chunk(1, 100), Chunk(2, 100), Chunk(3, 100))], CancellationToken.None)[1];
        Assert.Equal(chunks, contents.List().Single(content => content.ZoneId == 1).Chunks);
        Assert.Equal([Chunk(2, 100), Chunk(3, 100)], Part(contents, chunks, 1, 5));
        Assert.Equal([Chunk(1, 100)], Part(contents, chunks, 0, 1));
        Assert.Empty(Part(contents, chunks, 3, 1));

        // What comes on top is not in them, but they are still those of the version before.
        Assert.Equal([chunks], contents.Append([Steps(1, Step(1, 2))], CancellationToken.None));
        Assert.Equal(chunks, contents.List().Single(content => content.ZoneId == 1).Chunks);
        Assert.Equal([Chunk(3, 100)], Part(contents, chunks, 2, 1));

        contents.Replace([Version(1, 3, Chunk(4, 100))], CancellationToken.None);
        Assert.Empty(Part(contents, chunks, 0, 1));
    }

    [Fact]
    public void Of_damaged_chunks_those_before_the_damage_can_be_read_by_part()
    {
        using var contents = Open();
        var chunks = contents.Replace([Version(1, 1, Chunk(1, 100), Chunk(2, 100), Chunk(3, 100))], CancellationToken.None)[0];
        TestFolder.Sql(Folder.Contents, "UPDATE chunk SET data = zeroblob(length(data)) WHERE number = 1");
        Assert.Equal([Chunk(1, 100)], Part(contents, chunks, 0, 3));
        Assert.Empty(Part(contents, chunks, 1, 2));
    }

    [Fact]
    public void The_chunks_of_a_file_that_was_set_aside_are_not_mistaken_for_those_of_the_new_one()
    {
        var older = KeepTwoHundredAndDamageThem();
        using var contents = Open();
        var newer = contents.Replace([.. Enumerable.Range(1, 200).Select(zone => Version(zone, 2, Chunk(7, 10)))], CancellationToken.None)[0];
        Assert.NotEmpty(_setAside);
        Assert.Equal(older.Number, newer.Number);
        Assert.Empty(Part(contents, older, 0, 1));
        Assert.Equal([Chunk(7, 10)], Part(contents, newer, 0, 1));
    }

    [Fact]
    public void Differences_for_another_version_than_the_kept_one_are_not_taken()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100))], CancellationToken.None);
        Assert.Equal([1, 2], Rejected(contents, Steps(1, Step(7, 8)), Steps(2, Step(1, 2))));
        Assert.Equal(Content(1, 1), Assert.Single(List(contents)));
    }

    [Fact]
    public void Differences_that_outgrow_their_share_have_the_zone_written_whole_and_stay_as_history()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 60000), Chunk(1, 60000))], CancellationToken.None);
        Assert.Empty(Rejected(contents, Steps(1, Step(1, 2, 20000))));
        Assert.Single(Rejected(contents, Steps(1, Step(2, 3, 20000))));
        contents.Replace([Version(1, 3, Chunk(3, 60000)) with { Steps = [Step(2, 3, 20000)] }], CancellationToken.None);
        Assert.Equal([(1u, 2u, true), (2u, 3u, true)], Chain(contents, 1));
        Assert.Empty(Rejected(contents, Steps(1, Step(3, 4))));
        Assert.Equal([(1u, 2u, true), (2u, 3u, true), (3u, 4u, false)], Chain(contents, 1));
    }

    [Fact]
    public void A_zone_written_whole_from_nowhere_begins_its_history_anew()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100))], CancellationToken.None);
        contents.Append([Steps(1, Step(1, 2))], CancellationToken.None);
        contents.Replace([Version(1, 9, Chunk(1, 100))], CancellationToken.None);
        Assert.Empty(Chain(contents, 1));
        contents.Replace([Version(1, 20, Chunk(1, 100)) with { Steps = [Step(19, 20)] }], CancellationToken.None);
        Assert.Equal([(19u, 20u, true)], Chain(contents, 1));
    }

    [Fact]
    public void History_reaches_back_a_hundred_versions_and_what_is_on_top_is_never_forgotten()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100))], CancellationToken.None);
        for (var serial = 1u; serial <= 120; serial++)
        {
            Assert.Empty(Rejected(contents, Steps(1, Step(serial, serial + 1))));
        }

        Assert.Equal(120, Chain(contents, 1).Count());
        contents.Replace([Version(1, 122, Chunk(1, 100)) with { Steps = [Step(121, 122)] }], CancellationToken.None);
        Assert.Equal(100, Chain(contents, 1).Count());
        Assert.Equal((121u, 122u, true), Chain(contents, 1).Last());
    }

    [Theory]
    [InlineData("UPDATE difference SET data = zeroblob(length(data)) WHERE from_serial = 2")]
    [InlineData("DELETE FROM difference WHERE from_serial = 2")]
    public void Differences_that_are_not_what_was_written_are_not_read(string damage)
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100))], CancellationToken.None);
        contents.Append([Steps(1, Step(1, 2), Step(2, 3), Step(3, 4))], CancellationToken.None);
        TestFolder.Sql(Folder.Contents, damage);
        Assert.Throws<InvalidDataException>(() => contents.Journal(1, ContentKind.Primary));
    }

    [Fact]
    public void A_removed_zone_is_forgotten_with_its_chunks()
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 1)), Version(2, 1, Chunk(2, 1))], CancellationToken.None);
        contents.Append([Steps(1, Step(1, 2))], CancellationToken.None);
        contents.Remove([1, 77]);
        Assert.Empty(Read(contents, 1));
        Assert.Equal(2, Assert.Single(contents.List()).ZoneId);
        Assert.Equal(1L, TestFolder.Sql(Folder.Contents, "SELECT count(*) FROM chunk"));
        Assert.Equal(0L, TestFolder.Sql(Folder.Contents, "SELECT count(*) FROM difference"));
    }

    [Theory]
    [InlineData("UPDATE chunk SET data = zeroblob(length(data)) WHERE number = 1")]
    [InlineData("DELETE FROM chunk WHERE number = 1")]
    [InlineData("DELETE FROM chunk WHERE number = 2")]
    [InlineData("DELETE FROM chunk")]
    [InlineData("UPDATE chunk SET number = 7 WHERE number = 0")]
    public void A_version_that_is_not_what_was_written_is_never_read_to_its_end(string damage)
    {
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 100), Chunk(2, 100), Chunk(3, 100)), Version(2, 1, Chunk(4, 1))], CancellationToken.None);
        TestFolder.Sql(Folder.Contents, damage);
        Assert.Throws<InvalidDataException>(() => Read(contents, 1));

        contents.Replace([Version(1, 2, Chunk(5, 100))], CancellationToken.None);
        Assert.Equal([Chunk(5, 100)], Read(contents, 1));
    }

    [Fact]
    public void A_file_that_is_no_database_is_set_aside_and_a_new_one_begun()
    {
        File.WriteAllText(Folder.Contents, string.Concat(Enumerable.Repeat("rubbish ", 1000)));
        using var contents = Open();
        Assert.Empty(contents.List());
        Assert.Contains("contents.db.damaged", Assert.Single(_setAside), StringComparison.Ordinal);
        Assert.StartsWith("rubbish", File.ReadAllText(Folder.Contents + ".damaged"), StringComparison.Ordinal);
        contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        Assert.Equal([Chunk(1, 1)], Read(contents, 1));
    }

    [Theory]
    [InlineData("PRAGMA user_version = 1")]
    [InlineData("PRAGMA user_version = 1660944385")] // version 99
    [InlineData("ALTER TABLE content DROP COLUMN written")]
    public void A_file_of_another_schema_is_set_aside_whole_and_a_new_one_begun_without_alarm(string change)
    {
        using (var contents = Open())
        {
            contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        }

        TestFolder.Sql(Folder.Contents, change);
        using var again = Open();
        Assert.Empty(again.List());
        Assert.Contains("contents.db.other-schema", Assert.Single(_setAside), StringComparison.Ordinal);
        Assert.Equal(1L, TestFolder.Sql(Folder.Contents + ".other-schema", "SELECT count(*) FROM chunk"));
        Assert.Null(again.Trouble);
        again.Replace([Version(1, 2, Chunk(2, 1))], CancellationToken.None);
        Assert.Equal([Chunk(2, 1)], Read(again, 1));
    }

    [Fact]
    public void A_file_damaged_inside_never_gives_wrong_contents_and_can_be_written_again()
    {
        KeepTwoHundredAndDamageThem();
        using var again = Open();
        foreach (var kept in again.List())
        {
            Assert.Throws<InvalidDataException>(() => Read(again, kept.ZoneId));
        }

        again.Replace([.. Enumerable.Range(1, 200).Select(zone => Version(zone, 2, Chunk((byte)zone, 10)))], CancellationToken.None);
        Assert.Equal(200, again.List().Count);
        Assert.All(Enumerable.Range(1, 200), zone => Assert.Equal([Chunk((byte)zone, 10)], Read(again, zone)));
        Assert.NotEmpty(_setAside);
    }

    [Fact]
    public void A_file_that_was_set_aside_is_told_of_until_it_is_removed_even_after_another_start()
    {
        File.WriteAllText(Folder.Contents, string.Concat(Enumerable.Repeat("rubbish ", 1000)));
        using (var contents = Open())
        {
            Assert.Equal(FailureReason.ContentsDamaged, contents.Trouble!.Reason);
            Assert.Contains("is not a database", contents.Trouble.Message, StringComparison.Ordinal);
            Assert.Contains("remove", contents.Trouble.Remedy, StringComparison.Ordinal);
        }

        using var again = Open();
        Assert.Equal(FailureReason.ContentsDamaged, again.Trouble!.Reason);
        File.Delete(Folder.Contents + ".damaged");
        Assert.Null(again.Trouble);
    }

    [Fact]
    public void A_file_deleted_while_the_server_is_down_is_begun_anew()
    {
        using (var contents = Open())
        {
            contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        }

        File.Delete(Folder.Contents);
        using var again = Open();
        Assert.Empty(again.List());
    }

    [Fact]
    public void Contents_kept_for_another_store_are_not_served_for_this_ones_zones()
    {
        using (var contents = Open())
        {
            contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        }

        var other = Path.Combine(Folder.Path, "other");
        using var store = ManagedDnsStore.Open(other);
        File.Copy(Folder.Contents, Path.Combine(other, "contents.db"));
        using var foreign = new ContentsDatabase(store, _setAside.Add);
        Assert.Empty(foreign.List());
        Assert.Single(_setAside);
    }

    [Fact]
    public void A_cmdlet_reads_contents_while_the_server_has_them_open()
    {
        Fails(StoreError.NotFound, () => ContentsReader.Open(Folder.Store));
        using var contents = Open();
        contents.Replace([Version(1, 1, Chunk(1, 1))], CancellationToken.None);
        using var reader = ContentsReader.Open(Folder.Store);
        Assert.Equal(Chunk(1, 1), Assert.Single(reader.Read(1, ContentKind.Primary)).ToArray());
        Assert.Single(reader.List());
    }

    [Fact]
    public async Task Many_threads_read_while_one_writes_and_each_sees_one_version()
    {
        using var contents = Open();
        contents.Replace([Version(1, 0, Chunk(0, 5000), Chunk(0, 5000))], CancellationToken.None);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                var chunks = Read(contents, 1);
                Assert.Equal(2, chunks.Length);
                Assert.Equal(chunks[0], chunks[1]);
                reads++;
            }
        })).ToArray();
        for (byte i = 1; i <= 100; i++)
        {
            contents.Replace([Version(1, i, Chunk(i, 5000), Chunk(i, 5000))], CancellationToken.None);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }
}
