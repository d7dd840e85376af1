using System.Text;
using CsCheck;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Updates;

/// <summary>Difference sequences between two versions, and the journal that keeps them.</summary>
public class DifferenceTests
{
    private const string Nsec3 = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n";

    [Theory]
    [InlineData("", "new A 192.0.2.1\n")]
    [InlineData("old A 192.0.2.1\n", "")]
    [InlineData("same 60 A 192.0.2.1\n", "same 90 A 192.0.2.1\n")]
    [InlineData("many A 192.0.2.1\nmany A 192.0.2.2\nmany TXT x\n", "many A 192.0.2.2\nmany A 192.0.2.3\nmany TXT y\n")]
    [InlineData("a A 192.0.2.1\n" + Nsec3, "b A 192.0.2.1\n")]
    [InlineData("a A 192.0.2.1\n", "zz A 192.0.2.1\n" + Nsec3)]
    public void A_difference_makes_the_new_version_out_of_the_old_one(string before, string after)
    {
        using var old = TestZone.Build(TestZone.Text(1, before + Filler()));
        using var @new = TestZone.Build(TestZone.Text(2, after + Filler()));
        var difference = ZoneComparison.Between(old, @new);
        Assert.NotNull(difference);
        Assert.Equal((1u, 2u), (difference.FromSerial, difference.ToSerial));
        using var made = DifferenceReplay.Apply(old, [difference]);
        Assert.True(ZoneComparison.AreSame(@new, made));
    }

    [Fact]
    public void Whatever_changes_the_difference_leads_to_the_new_version() =>
        Gen.Select(Gen.Int[0, 30].List[0, 60], Gen.Int[0, 30].List[0, 60]).Sample(
            (before, after) =>
            {
                using var old = TestZone.Build(TestZone.Text(1, Hosts(before) + Filler()));
                using var @new = TestZone.Build(TestZone.Text(2, Hosts(after) + Filler()));
                var difference = ZoneComparison.Between(old, @new);
                Assert.NotNull(difference);
                using var made = DifferenceReplay.Apply(old, [difference]);
                Assert.True(ZoneComparison.AreSame(@new, made));
            },
            iter: 50);

    [Fact]
    public void A_change_of_more_than_half_of_the_zone_is_no_difference_but_another_zone()
    {
        using var old = TestZone.Build(TestZone.Text(1));
        using var @new = TestZone.Build(TestZone.Text(2, Filler()));
        Assert.Null(ZoneComparison.Between(old, @new));
    }

    [Fact]
    public void The_journal_leads_from_every_serial_it_knows_to_the_newest_one()
    {
        var journal = Journal.Empty;
        for (var serial = 1u; serial < 10; serial++)
        {
            journal = journal.Append([Step(serial, serial + 1)], long.MaxValue);
        }

        Assert.Equal([7, 8, 9], journal.Since(7).Select(step => step.FromSerial));
        Assert.Empty(journal.Since(10));
        Assert.Empty(journal.Since(77));
    }

    [Fact]
    public void The_journal_forgets_its_oldest_steps_beyond_its_size_and_all_where_the_chain_breaks()
    {
        var journal = Journal.Empty.Append([Step(1, 2)], 25).Append([Step(2, 3)], 25).Append([Step(3, 4)], 25);
        Assert.Empty(journal.Since(1));
        Assert.Equal(2, journal.Since(2).Length);
        Assert.Empty(journal.Append([], 25).Differences);
        Assert.Empty(journal.Append([Step(4, 3)], 25).Differences);
        Assert.Equal([8], journal.Append([Step(8, 9)], 25).Differences.Select(step => step.FromSerial));
    }

    private static Difference Step(uint from, uint to) => new(from, to, [new byte[10]], 1, 1);

    private static string Hosts(IEnumerable<int> numbers)
    {
        var text = new StringBuilder();
        foreach (var number in numbers.Distinct())
        {
            text.Append(null, $"h{number % 7} A 10.0.0.{number}\n");
        }

        return text.ToString();
    }

    private static string Filler()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 150; i++)
        {
            text.Append(null, $"filler{i} A 192.0.2.{i}\n");
        }

        return text.ToString();
    }
}
