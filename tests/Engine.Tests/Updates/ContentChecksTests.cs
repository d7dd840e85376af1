using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;

namespace ManagedDns.Engine.Tests.Updates;

public class ContentChecksTests
{
    [Theory]
    [InlineData("alias CNAME www\nalias A 192.0.2.9", "alias.example.org.", "CNAME")]
    [InlineData("alias A 192.0.2.9\nalias CNAME www", "alias.example.org.", "CNAME")]
    [InlineData("alias CNAME www\nalias CNAME ns1", "alias.example.org.", "more than one CNAME")]
    [InlineData("tree DNAME a.example.\ntree DNAME b.example.", "tree.example.org.", "more than one DNAME")]
    [InlineData("tree CNAME www\ntree DNAME b.example.", "tree.example.org.", "CNAME")]
    public void A_version_with_records_that_exclude_each_other_is_rejected_and_the_name_is_told(string records, string owner, string what)
    {
        using var zone = TestZone.Build(TestZone.Text(1, records));
        var failure = ContentChecks.Check(zone);
        Assert.Equal(FailureReason.RejectedContent, failure?.Reason);
        Assert.Contains(owner, failure!.Message, StringComparison.Ordinal);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zone_without_NS_at_its_apex_is_rejected()
    {
        using var zone = TestZone.Build("$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 5\nwww A 192.0.2.1\n");
        var failure = ContentChecks.Check(zone);
        Assert.Equal(FailureReason.RejectedContent, failure?.Reason);
        Assert.Contains("NS", failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("alias CNAME www\nalias RRSIG CNAME 8 3 300 20300101000000 20200101000000 1 example.org. AAAA\nalias NSEC ns1 CNAME RRSIG NSEC")]
    [InlineData("@ DNAME other.example.\n@ TXT \"both may be here\"")]
    [InlineData("mail CNAME elsewhere.example.\n*.mail A 192.0.2.7")]
    public void A_version_with_records_that_go_together_passes(string records)
    {
        using var zone = TestZone.Build(TestZone.Text(1, records));
        Assert.Null(ContentChecks.Check(zone));
    }
}
