using System.Text;
using CsCheck;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Zones;

/// <summary>RRsets that many owners have alike are kept once; nobody sees a difference but in memory.</summary>
public class SharedSetsTests
{
    [Fact]
    public void A_thousand_delegations_to_the_same_name_servers_take_the_room_of_one_and_a_reference_each()
    {
        using var alike = ZoneFiles.Build("example.", Delegations(1000, _ => "1000"));
        using var different = ZoneFiles.Build("example.", Delegations(1000, number => $"{number + 1000}"));

        // Two records of 45 octets, or the address of their set.
        Assert.InRange(different.MemoryUsed - alike.MemoryUsed, 990 * (90 - 16), 1000 * 90);
    }

    [Fact]
    public void Every_owner_of_a_shared_set_has_all_its_records()
    {
        using var zone = ZoneFiles.Build("example.", Delegations(1000, number => number % 3 == 0 ? "a" : "b"));

        for (var number = 0; number < 1000; number++)
        {
            var records = zone.Find(DomainName.Parse($"d{number}.example"), RecordType.NS);
            Assert.Equal(2, records.Count);
            var server = number % 3 == 0 ? "a" : "b";
            Assert.Equal(DomainName.Parse($"ns1.operator-{server}.example.net").Wire.ToArray(), records[0].Rdata.ToArray());
            Assert.Equal([(RecordType.NS, 2)], zone.TypesOf(DomainName.Parse($"d{number}.example")));
        }

        Assert.Equal(2043, ZoneFiles.Walk(zone).Count);
        Assert.Equal(2043, zone.RecordCount);
    }

    [Fact]
    public void Changing_one_owner_of_a_shared_set_changes_no_other()
    {
        using var old = ZoneFiles.Build("example.", Delegations(100, _ => "a"));
        using var update = new ZoneUpdate(old);
        var gone = ZoneFiles.Records("example.", "d50 3600 NS ns1.operator-a.example.net.\n")[0];

        Assert.True(update.Delete(gone.AsWire()));
        using var updated = update.Build();

        Assert.Single(updated.Find(DomainName.Parse("d50.example"), RecordType.NS));
        Assert.Equal(2, updated.Find(DomainName.Parse("d49.example"), RecordType.NS).Count);
        Assert.Equal(2, old.Find(DomainName.Parse("d50.example"), RecordType.NS).Count);
    }

    [Fact]
    public void Sets_with_signatures_keep_them_beside_them()
    {
        var text = new StringBuilder(ZoneFiles.Large);
        for (var number = 0; number < 50; number++)
        {
            text.Append($"h{number} 60 TXT \"the same for all of them, and long\"\n");
            text.Append($"h{number} 60 RRSIG TXT 13 2 60 20300101000000 20200101000000 1 example. AAAA\n");
        }

        using var zone = ZoneFiles.Build("example.", text.ToString());

        Assert.Equal(50, ZoneFiles.Walk(zone).Count(record => record.Type == RecordType.RRSIG));
        Assert.Equal(50, ZoneFiles.Walk(zone).Count(record => record.Type == RecordType.TXT));
    }

    [Fact]
    public void Whatever_is_built_is_walked_again()
    {
        // Few names, few values: much is alike.
        string[] kinds = ["TXT \"a value of some length\" {0}", "MX {0} mail.example.net.", "NS ns{0}.a-name-server.example.net."];
        var record = Gen.Select(Gen.Int[0, 30], Gen.Int[0, kinds.Length - 1], Gen.Int[0, 3])
            .Select((owner, kind, value) => $"d{owner} 60 {string.Format(null, kinds[kind], value)}\n");
        record.Array[0, 200].Sample(lines =>
        {
            using var zone = ZoneFiles.Build("example.", ZoneFiles.Large + string.Concat(lines));

            var given = ZoneFiles.Records("example.", string.Concat(lines)).Select(Line).Distinct();
            var walked = ZoneFiles.Walk(zone).Where(found => found.Ttl == 60).Select(Line);
            Assert.Equal(given.Order(StringComparer.Ordinal), walked.Order(StringComparer.Ordinal));
        });
    }

    private static string Line(ResourceRecord record) => $"{record.Owner} {record.Type} {Convert.ToHexString(record.Rdata.ToArray())}";

    private static string Delegations(int count, Func<int, string> operatorOf)
    {
        var text = new StringBuilder(ZoneFiles.Large);
        for (var number = 0; number < count; number++)
        {
            text.Append($"d{number} 3600 NS ns1.operator-{operatorOf(number)}.example.net.\nd{number} 3600 NS ns2.operator-{operatorOf(number)}.example.net.\n");
        }

        return text.ToString();
    }
}
