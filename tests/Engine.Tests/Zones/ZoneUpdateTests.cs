using CsCheck;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Zones;

public class ZoneUpdateTests
{
    private static readonly string[] s_data = ["A 192.0.2.1", "A 192.0.2.2", "NS ns.example.net.", "DNAME x.example.net.", "TXT t"];
    private static readonly int[] s_versions = [0, 1, 2, 3];

    private const string NextSoa = "@ 3600 IN SOA ns1 hostmaster 8 3600 900 604800 300\n";

    [Fact]
    public void A_new_version_has_the_changes_and_the_old_one_stays_as_it_was()
    {
        using var old = ZoneFiles.Build("example.", ZoneFiles.Soa + "www 60 A 192.0.2.1\nftp 60 A 192.0.2.2\n");

        using var updated = Update(old, deleted: "www 99 A 192.0.2.1\n", added: NextSoa + "mail 60 A 192.0.2.3\n");

        Assert.Equal(8u, updated.Serial);
        Assert.Equal(5, updated.RecordCount);
        Assert.Empty(updated.Find(DomainName.Parse("www.example"), RecordType.A));
        Assert.Single(updated.Find(DomainName.Parse("mail.example"), RecordType.A));
        Assert.Equal(7u, old.Serial);
        Assert.Equal(5, ZoneFiles.Walk(old).Count);
        Assert.Single(old.Find(DomainName.Parse("www.example"), RecordType.A));
    }

    [Fact]
    public void Deleting_what_is_not_there_and_adding_what_is_are_told()
    {
        using var old = ZoneFiles.Build("example.", ZoneFiles.Soa);
        using var update = new ZoneUpdate(old);

        Assert.False(update.Delete(ZoneFiles.Records("example.", "www 60 A 192.0.2.1\n")[0].AsWire()));
        Assert.False(update.Add(ZoneFiles.Records("example.", "ns1 60 A 192.0.2.1\n")[0].AsWire()));
        Assert.True(update.Add(ZoneFiles.Records("example.", "ns1 60 A 192.0.2.2\n")[0].AsWire()));
    }

    [Fact]
    public void Text_and_addresses_have_no_case_and_the_names_in_RDATA_have_one_that_does_not_count()
    {
        using var old = ZoneFiles.Build("example.", ZoneFiles.Soa + "a 60 A 65.66.67.68\na 60 TXT Hello\na 60 SRV 65 66 67 Host\n");
        using var update = new ZoneUpdate(old);

        Assert.False(update.Delete(ZoneFiles.Records("example.", "a 60 A 97.98.99.100\n")[0].AsWire()));
        Assert.True(update.Add(ZoneFiles.Records("example.", "a 60 TXT hello\n")[0].AsWire()));
        Assert.False(update.Delete(ZoneFiles.Records("example.", "a 60 SRV 97 66 67 Host\n")[0].AsWire()));
        Assert.True(update.Delete(ZoneFiles.Records("example.", "a 60 SRV 65 66 67 hOST\n")[0].AsWire()));
    }

    [Fact]
    public void Records_of_an_RRset_of_thousands_come_and_go_one_by_one()
    {
        var first = Enumerable.Range(0, 6000).Select(Address).ToList();
        using var old = ZoneFiles.Build("example.", ZoneFiles.Soa + Lines(first));
        var model = first.ToHashSet();
        using var update = new ZoneUpdate(old);
        var random = new Random(1995);
        for (var i = 0; i < 6000; i++)
        {
            var text = Address(random.Next(12_000));
            var record = ZoneFiles.Records("example.", text + "\n")[0].AsWire();
            Assert.Equal(model.Remove(text), update.Delete(record));
            text = Address(random.Next(12_000));
            record = ZoneFiles.Records("example.", text + "\n")[0].AsWire();
            Assert.Equal(model.Add(text), update.Add(record));
        }

        using var updated = update.Build();
        using var fresh = ZoneFiles.Build("example.", ZoneFiles.Soa + Lines(model));
        Assert.Equal(ZoneFiles.Walk(fresh), ZoneFiles.Walk(updated));

        static string Address(int number) => $"many 60 A 10.{number >> 16}.{number >> 8 & 255}.{number & 255}";
    }


    [Fact]
    public void A_version_whose_last_user_has_gone_is_not_shared_again()
    {
        var contents = ZoneFiles.Build("example.", ZoneFiles.Soa);
        var version = contents.Version;
        contents.Dispose();

        Assert.False(version.TryAddUser());
    }

    [Fact]
    public void A_small_change_to_a_large_zone_copies_little()
    {
        var gauge = new MemoryGauge();
        using var old = ZoneFiles.Build("example.", ZoneFiles.Soa + "$GENERATE 1-20000 h$ 60 A 192.0.2.1\n", gauge);
        var before = old.MemoryUsed;

        using var updated = Update(old, "h77 60 A 192.0.2.1\n", NextSoa + "h77 60 A 192.0.2.2\nnew 60 A 192.0.2.3\n");

        Assert.InRange(updated.MemoryUsed - before, 1, 4096);
    }

    [Fact]
    public void Memory_returns_to_the_base_whatever_order_the_versions_go_in()
    {
        Gen.Shuffle(s_versions).Sample(order =>
        {
            var gauge = new MemoryGauge();
            var versions = new List<ZoneContents> { ZoneFiles.Build("example.", ZoneFiles.Soa + "$GENERATE 1-200 h$ 60 A 192.0.2.1\n", gauge) };
            for (var i = 1; i < 4; i++)
            {
                versions.Add(Update(versions[^1], $"h{i} 60 A 192.0.2.1\n", $"n{i} 60 A 192.0.2.9\n"));
            }

            foreach (var i in order)
            {
                Assert.Equal(203, ZoneFiles.Walk(versions[i]).Count);
                versions[i].Dispose();
            }

            Assert.Equal(0, gauge.Bytes);
        }, iter: 50);
    }

    [Fact]
    public void An_hour_of_updates_takes_no_more_memory_than_the_first_ones()
    {
        var gauge = new MemoryGauge();
        var zone = ZoneFiles.Build("example.", ZoneFiles.Soa + "$GENERATE 1-500 h$ 60 A 192.0.2.1\n", gauge);
        long afterTen = 0;
        for (var i = 0; i < 500; i++)
        {
            var next = Update(zone, $"h{(i % 500) + 1} 60 A 192.0.2.1\n", $"h{(i % 500) + 1} 60 A 192.0.2.1\nh{(i % 500) + 1} 60 A 192.0.2.2\n");
            next = Replace(next, Update(next, $"h{(i % 500) + 1} 60 A 192.0.2.2\n", ""));
            zone = Replace(zone, next);
            afterTen = i == 10 ? gauge.Bytes : afterTen;
        }

        Assert.Equal(afterTen, gauge.Bytes);
        zone.Dispose();
        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void A_version_that_was_rejected_does_not_stop_the_next_one()
    {
        var gauge = new MemoryGauge();
        using (var old = ZoneFiles.Build("example.", ZoneFiles.Soa, gauge))
        {
            var used = old.MemoryUsed;
            var rejected = Update(old, "", NextSoa + "bad 60 A 192.0.2.1\n");
            using var whileHeld = Update(old, "", "other 60 A 192.0.2.1\n");
            rejected.Dispose();
            Assert.Equal(used, old.MemoryUsed);
            using var next = Update(old, "", NextSoa + "good 60 A 192.0.2.1\n");

            Assert.Equal(4, next.RecordCount);
            Assert.Equal(4, whileHeld.RecordCount);
        }

        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void An_update_given_up_leaves_no_trace()
    {
        var gauge = new MemoryGauge();
        using (var old = ZoneFiles.Build("example.", ZoneFiles.Soa, gauge))
        {
            var used = old.MemoryUsed;
            using (var update = new ZoneUpdate(old))
            {
                update.Add(ZoneFiles.Records("example.", "www 60 A 192.0.2.1\n")[0].AsWire());
                update.Delete(ZoneFiles.Records("example.", "ns1 60 A 192.0.2.1\n")[0].AsWire());
                update.Add(ZoneFiles.Records("example.", "ftp 60 A 192.0.2.1\n")[0].AsWire());
            }

            Assert.Equal(used, old.MemoryUsed);
            Assert.Equal(3, ZoneFiles.Walk(old).Count);
        }

        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void Updates_give_the_same_zone_as_building_it_anew()
    {
        var name = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2], (a, b, depth) => depth switch { 0 => $"n{a}", 1 => $"n{b}.n{a}", _ => $"x.n{b}.n{a}" });
        var record = Gen.Select(name, Gen.OneOf(s_data.Select(data => Gen.Const(data)).ToArray()), (owner, data) => $"{owner} 60 {data}");
        var edit = Gen.Select(Gen.Bool, record);

        Gen.Select(record.Array[0, 20], edit.Array[0, 12].Array[1, 4]).Sample((start, edits) =>
        {
            var gauge = new MemoryGauge();
            var model = new HashSet<string>(start);
            var zone = ZoneFiles.Build("example.", ZoneFiles.Soa + Lines(model), gauge);
            foreach (var step in edits)
            {
                using var update = new ZoneUpdate(zone);
                foreach (var (add, text) in step)
                {
                    var wire = ZoneFiles.Records("example.", text + "\n")[0];
                    Assert.Equal(add ? model.Add(text) : model.Remove(text), add ? update.Add(wire.AsWire()) : update.Delete(wire.AsWire()));
                }

                zone = Replace(zone, update.Build());
                using var fresh = ZoneFiles.Build("example.", ZoneFiles.Soa + Lines(model), gauge);
                Assert.Equal(ZoneFiles.Walk(fresh), ZoneFiles.Walk(zone));
                Assert.Equal(fresh.RecordCount, zone.RecordCount);
                Assert.Equal(Barriers(fresh), Barriers(zone));
            }

            zone.Dispose();
            Assert.Equal(0, gauge.Bytes);
        });
    }

    private static ZoneContents Update(ZoneContents from, string deleted, string added)
    {
        using var update = new ZoneUpdate(from);
        foreach (var record in ZoneFiles.Records("example.", deleted))
        {
            Assert.True(update.Delete(record.AsWire()));
        }

        foreach (var record in ZoneFiles.Records("example.", added))
        {
            if (record.Type == RecordType.SOA)
            {
                update.Delete(from.Find(from.Apex, RecordType.SOA)[0].AsWire());
            }

            Assert.True(update.Add(record.AsWire()));
        }

        return update.Build();
    }

    private static ZoneContents Replace(ZoneContents old, ZoneContents next)
    {
        old.Dispose();
        return next;
    }

    private static string Lines(IEnumerable<string> records) => string.Concat(records.Select(record => record + "\n"));

    private static unsafe List<int> Barriers(ZoneContents zone)
    {
        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var header = zone.Version.Header;
        var cursor = new TrieCursor(header->Chunks, path);
        var barriers = new List<int>();
        for (cursor.SeekFirst(&header->Names); cursor.Leaf != null; cursor.Next())
        {
            barriers.Add(cursor.Leaf->Barrier);
        }

        return barriers;
    }
}
