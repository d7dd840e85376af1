using CsCheck;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Zones;

[Collection(nameof(Alone))]
public class ZoneContentsTests
{
    [Theory]
    [InlineData(65_535 - 12 - 20 - 10, true)]
    [InlineData(65_535 - 12 - 20 - 10 + 1, false)]
    public void A_record_that_fits_in_no_message_once_its_owner_is_written_out_is_rejected(int octets, bool fits)
    {
        // A primary can send it: there its owner is a pointer of two octets.
        var record = new ResourceRecord(DomainName.Parse("tenletters.example"), (RecordType)65280, RecordClass.IN, 60, new byte[octets]);
        using var builder = new ZoneBuilder(DomainName.Parse("example"));

        var failure = Record.Exception(() => builder.Add(record.AsWire())) as DnsFailureException;

        Assert.Equal(fits ? null : FailureReason.RejectedContent, failure?.Failure.Reason);
    }

    [Fact]
    public void A_name_with_more_RRsets_than_can_be_counted_is_rejected()
    {
        using var builder = new ZoneBuilder(DomainName.Parse("example"));
        var owner = DomainName.Parse("many.example");
        for (var type = 1; type <= ushort.MaxValue; type++)
        {
            builder.Add(new ResourceRecord(owner, (RecordType)type, RecordClass.IN, 60, new byte[18]).AsWire());
        }

        // And sets of signatures.
        builder.Add(new ResourceRecord(owner, RecordType.RRSIG, RecordClass.IN, 60, new byte[] { 0, 1, 8 }).AsWire());
        builder.Add(new ResourceRecord(owner, RecordType.RRSIG, RecordClass.IN, 60, new byte[] { 0, 2, 8 }).AsWire());

        var failure = Assert.Throws<DnsFailureException>(() => builder.Build());
        Assert.Equal(FailureReason.RejectedContent, failure.Failure.Reason);
    }


    [Fact]
    public void All_records_are_walked_in_canonical_order_with_the_SOA_first()
    {
        using var zone = ZoneFiles.Build("example.", """
            z 60 A 192.0.2.9
            a.yljkjljk 60 A 192.0.2.1
            Z.a 60 A 192.0.2.2
            zABC.a 60 A 192.0.2.3
            yljkjljk 60 A 192.0.2.4
            \001.z 60 A 192.0.2.5
            *.z 60 A 192.0.2.6
            \200.z 60 A 192.0.2.7
            @ 60 NS ns1
            a 60 A 192.0.2.8
            @ 60 SOA ns1 hostmaster 1 2 3 4 5
            """);

        var records = ZoneFiles.Walk(zone);

        // The order of RFC 4034 §6.1.
        Assert.Equal<string>(
            [
                "example.", "example.", "a.example.", "Z.a.example.", "zABC.a.example.", "yljkjljk.example.", "a.yljkjljk.example.", "z.example.",
                "\\001.z.example.", "*.z.example.", "\\200.z.example.",
            ],
            records.Select(record => record.Owner.ToString()));
        Assert.Equal(RecordType.SOA, records[0].Type);
        Assert.Equal(records.Count, zone.RecordCount);
        Assert.Equal(new SoaTimers(1, 2, 3, 4, 5), zone.Soa);
    }

    [Fact]
    public void The_case_of_owners_is_kept_and_two_spellings_are_one_name()
    {
        using var zone = ZoneFiles.Build("Example.", ZoneFiles.Soa + "WwW 60 A 192.0.2.1\nwww 60 A 192.0.2.2\n");

        Assert.Equal(2, zone.Find(DomainName.Parse("www.example"), RecordType.A).Count);
        Assert.Equal(2, ZoneFiles.Walk(zone).Count(record => record.Owner.ToString() == "WwW.Example."));
    }

    [Fact]
    public void A_record_given_twice_counts_once_and_an_RRset_has_one_TTL()
    {
        using var zone = ZoneFiles.Build("example.", ZoneFiles.Soa + "www 60 A 192.0.2.1\nwww 50 A 192.0.2.2\nwww 60 A 192.0.2.1\n");

        var records = zone.Find(DomainName.Parse("www.example"), RecordType.A);

        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal(50u, record.Ttl));
        Assert.Equal(5, zone.RecordCount);
    }

    [Theory]
    [InlineData("other. 60 A 192.0.2.1", FailureReason.OutOfZone)]
    [InlineData("xexample. 60 A 192.0.2.1", FailureReason.OutOfZone)]
    [InlineData("@ 60 CH TXT chaos", FailureReason.RejectedContent)]
    [InlineData("@ 60 IN SOA ns2 hostmaster 8 3600 900 604800 300", FailureReason.RejectedContent)]
    public void What_cannot_be_part_of_the_zone_is_told_by_its_reason(string record, FailureReason reason)
    {
        var failure = Assert.Throws<DnsFailureException>(() => ZoneFiles.Build("example.", ZoneFiles.Soa + record + "\n"));

        Assert.Equal(reason, failure.Failure.Reason);
    }

    [Fact]
    public void A_zone_without_SOA_is_no_zone_and_leaves_no_memory_behind()
    {
        var gauge = new MemoryGauge();

        var failure = Assert.Throws<DnsFailureException>(() => ZoneFiles.Build("example.", "www 60 A 192.0.2.1\n", gauge));

        Assert.Equal(FailureReason.MissingSoa, failure.Failure.Reason);
        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void Memory_is_given_back_when_the_last_holder_lets_go()
    {
        var gauge = new MemoryGauge();
        var zone = ZoneFiles.Build("example.", ZoneFiles.Soa, gauge);
        var other = zone.Share();

        zone.Dispose();
        Assert.Equal(3, ZoneFiles.Walk(other).Count);
        Assert.True(gauge.Bytes > 0);

        other.Dispose();
        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void A_registry_zone_costs_at_most_fifty_octets_a_record()
    {
        var gauge = new MemoryGauge();
        using var builder = new ZoneBuilder(DomainName.Parse("tld"), gauge);
        foreach (var record in ZoneFiles.Records("tld", ZoneFiles.Soa))
        {
            builder.Add(record.AsWire());
        }

        // Two name servers a name, as a registry has them.
        for (var i = 0; i < 50_000; i++)
        {
            var owner = DomainName.Parse($"d{i * 7919 % 1_000_003:x}.tld").Wire;
            builder.Add(new WireRecord(owner, RecordType.NS, RecordClass.IN, 3600, DomainName.Parse("ns1.hoster.net").Wire));
            builder.Add(new WireRecord(owner, RecordType.NS, RecordClass.IN, 3600, DomainName.Parse("ns2.hoster.net").Wire));
        }

        using var zone = builder.Build();

        Assert.Equal(100_003, zone.RecordCount);
        Assert.True(zone.MemoryUsed <= 50 * zone.RecordCount, $"{zone.MemoryUsed / (double)zone.RecordCount} octets a record");
        Assert.InRange(gauge.Bytes - zone.MemoryUsed, 0, 3 << 20);
    }

    [Fact]
    public void A_small_zone_costs_less_than_two_kilobytes_over_its_records()
    {
        const int Zones = 1000;
        var gauge = new MemoryGauge();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var zones = Enumerable.Range(0, Zones).Select(i => ZoneFiles.Build($"z{i}.test", ZoneFiles.Soa, gauge)).ToArray();

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before + gauge.Bytes;

        Assert.True(bytes < Zones * 2048, $"{bytes / Zones} octets a zone");
        Array.ForEach(zones, zone => zone.Dispose());
        Assert.Equal(0, gauge.Bytes);
    }

    [Fact]
    public void Every_set_of_names_and_records_comes_out_as_it_went_in() => RecordSets().Sample(Check);

    [Fact]
    public void So_does_one_that_comes_in_order_but_for_some_names() =>
        Gen.Select(RecordSets(), Gen.Select(Gen.Int[0, 79], Gen.Int[0, 79]).Array[0, 5]).Sample((records, moves) =>
        {
            var moved = records.OrderBy(record => record.Owner).ToList();
            foreach (var (from, to) in moves.Where(move => move.Item1 < records.Length && move.Item2 < records.Length))
            {
                var record = moved[from];
                moved.RemoveAt(from);
                moved.Insert(to, record);
            }

            Check([.. moved]);
        });

    private static Gen<ResourceRecord[]> RecordSets()
    {
        var label = Gen.OneOf(Gen.Byte.Array[1, 4], Gen.Char.AlphaNumeric.Array[1, 6].Select(chars => chars.Select(c => (byte)c).ToArray()), Gen.Const("*"u8.ToArray()));
        return Gen.Select(label.Array[0, 4], Gen.Int[1, 3], Gen.Byte.Array[4], (labels, type, rdata) => new ResourceRecord(
            labels.Aggregate(DomainName.Parse("zone.test"), (name, label) => name.Prepend(label)), (RecordType)(65280 + type), RecordClass.IN, 300, rdata)).Array[0, 80];
    }

    private static void Check(ResourceRecord[] records)
    {
        var soa = ZoneFiles.Records("zone.test", ZoneFiles.Soa)[0];
        HashSet<ResourceRecord> expected = [soa, .. records];
        var gauge = new MemoryGauge();
        using (var builder = new ZoneBuilder(soa.Owner, gauge))
        {
            builder.Add(soa.AsWire());
            foreach (var record in records)
            {
                builder.Add(record.AsWire());
            }

            using var zone = builder.Build();
            var walked = ZoneFiles.Walk(zone);
            Assert.Equal(expected, walked.ToHashSet());
            Assert.Equal(expected.Count, zone.RecordCount);
            Assert.Equal(walked.Select(record => record.Owner).Order(), walked.Select(record => record.Owner));
        }

        Assert.Equal(0, gauge.Bytes);
    }
}
