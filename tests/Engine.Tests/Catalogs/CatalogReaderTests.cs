using ManagedDns.Dns;
using ManagedDns.Engine.Catalogs;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Catalogs;

/// <summary>What is read from catalog zones, and which are broken (RFC 9432).</summary>
public sealed class CatalogReaderTests
{
    private const string Sound = """
        version TXT "2"
        a.zones PTR one.example.
        group.a.zones TXT "gold"
        coo.a.zones PTR other-catalog.example.
        b.zones PTR two.example.

        """;

    [Fact]
    public void Members_groups_and_a_change_of_ownership_are_read()
    {
        var catalog = Read(Sound);

        Assert.Null(catalog.Failure);
        Assert.Equal(
            [
                new CatalogEntry("a", DomainName.Parse("one.example"), ["gold"], DomainName.Parse("other-catalog.example")),
                new CatalogEntry("b", DomainName.Parse("two.example"), [], null),
            ],
            catalog.Entries);
    }

    [Theory]
    [InlineData("unknown.a.zones TXT \"x\"")]
    [InlineData("coo.a.zones TXT \"not a PTR\"")]
    [InlineData("deep.group.a.zones TXT \"x\"")]
    [InlineData("private.ext TXT \"x\"")]
    [InlineData("a.zones TXT \"beside the PTR\"")]
    [InlineData("group.nobody.zones TXT \"x\"")]
    [InlineData("A.zones PTR ONE.example.")]
    public void What_is_not_known_or_says_the_same_is_passed_over(string record) => Assert.Equal(Read(Sound).Entries, Read(Sound + record).Entries);

    [Theory]
    [InlineData("a.zones PTR one.example.", "has no TXT record")]
    [InlineData("version TXT \"1\"", "'1'")]
    [InlineData("version TXT \"2\" \"2\"", "''")]
    [InlineData("version TXT \"2\"\nversion TXT \"3\"", "several TXT records")]
    [InlineData(Sound + "a.zones PTR three.example.", "member node a has several PTR records")]
    [InlineData(Sound + "c.zones PTR ONE.example.", "is listed by the members a and c")]
    [InlineData(Sound + "coo.a.zones PTR third.example.", "coo of member a has several PTR records")]
    [InlineData(Sound + "group.b.zones TXT \"x\" \"y\"", "group of member b is not one character-string")]
    public void A_catalog_that_breaks_a_rule_lists_nothing_and_says_which(string records, string rule)
    {
        var catalog = Read(records);

        Assert.Equal(FailureReason.CatalogBroken, catalog.Failure?.Reason);
        Assert.Contains(rule, catalog.Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(catalog.Entries);
    }

    private static CatalogVersion Read(string records)
    {
        using var zone = TestZone.Build("$TTL 0\n@ SOA invalid. invalid. 7 3600 600 2147483646 0\n@ NS invalid.\n" + records + "\n");
        return CatalogReader.Read(1, zone);
    }
}
