using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Updates.Checks;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

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
        var failure = Check(zone).Rejection;
        Assert.Equal(FailureReason.RejectedContent, failure?.Reason);
        Assert.Contains(owner, failure!.Message, StringComparison.Ordinal);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zone_without_NS_at_its_apex_is_rejected()
    {
        using var zone = TestZone.Build("$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 5\nwww A 192.0.2.1\n");
        var failure = Check(zone).Rejection;
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
        Assert.Null(Check(zone).Rejection);
    }

    [Theory]
    [InlineData("sub NS ns.sub", true)]
    [InlineData("sub NS ns.sub\nns.sub AAAA 2001:db8::1", false)]
    [InlineData("sub NS ns.elsewhere.example.", false)]
    [InlineData("sub NS a.pool\n*.pool A 192.0.2.9", false)]
    [InlineData("sub NS alias\nalias CNAME www", true)]
    public void A_name_server_in_the_zone_without_address_is_told_and_the_version_passes_unless_that_rejects(string records, bool isFound)
    {
        using var zone = TestZone.Build(TestZone.Text(1, records));
        var verdict = Check(zone);
        Assert.Null(verdict.Rejection);
        Assert.Equal(isFound, verdict.Warnings.Any(warning => warning.Contains("sub.example.org.", StringComparison.Ordinal)));
        var strict = Check(zone, ContentCheckSettings.Default with { NameServerAddresses = CheckAction.Reject });
        Assert.Equal(isFound, strict.Rejection is not null);
        Assert.Empty(Check(zone, ContentCheckSettings.Default with { NameServerAddresses = CheckAction.Off }).Warnings);
    }

    [Theory]
    [InlineData("ns1.operators 60 A 192.0.2.1\n*.pool 60 A 192.0.2.2\n", null)]
    [InlineData("ns1.operators 60 A 192.0.2.1\n", "ns.pool.example.")]
    [InlineData("*.pool 60 A 192.0.2.2\n", "ns1.operators.example.")]
    public void Name_servers_that_many_delegations_share_are_looked_at(string addresses, string? isFound)
    {
        var delegations = Enumerable.Range(0, 50).Select(number => $"d{number} 60 NS ns1.operators\nd{number} 60 NS ns.pool\n");
        using var zone = ZoneFiles.Build("example.", ZoneFiles.Large + string.Concat(delegations) + addresses);
        var warnings = Check(zone).Warnings;
        Assert.Equal(isFound is null, warnings.IsEmpty);
        Assert.All(warnings, warning => Assert.Contains(isFound!, warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CheckAction.Reject, true, false)]
    [InlineData(CheckAction.Warn, false, true)]
    [InlineData(CheckAction.Off, false, false)]
    public void A_record_whose_data_are_not_those_of_its_type_does_what_the_setting_says(CheckAction action, bool rejects, bool warns)
    {
        using var good = TestZone.Build(TestZone.Text(1));
        using var update = new ZoneUpdate(good);
        update.Add(new WireRecord(DomainName.Parse("short.example.org").Wire, RecordType.A, RecordClass.IN, 300, [192, 0, 2]));
        using var zone = update.Build();
        var verdict = Check(zone, ContentCheckSettings.Default with { RecordForm = action });
        Assert.Equal(rejects, verdict.Rejection?.Message.Contains("short.example.org.", StringComparison.Ordinal) == true);
        Assert.Equal(warns, !verdict.Warnings.IsEmpty);
    }

    [Fact]
    public void Only_the_changed_owners_are_looked_at_where_they_are_known()
    {
        using var zone = TestZone.Build(TestZone.Text(1, "alias CNAME www\nalias A 192.0.2.9"));
        Assert.Null(Check(zone, changed: [DomainName.Parse("www.example.org")]).Rejection);
        Assert.NotNull(Check(zone, changed: [DomainName.Parse("alias.example.org")]).Rejection);
    }

    [Theory]
    [InlineData(150, 40, false)]
    [InlineData(150, 10, true)]
    [InlineData(90, 0, false)]
    public void A_version_that_lost_most_of_the_records_is_rejected(int before, int after, bool rejects)
    {
        using var old = TestZone.Build(TestZone.Text(1, Hosts(before)));
        using var zone = TestZone.Build(TestZone.Text(2, Hosts(after)));
        Assert.Equal(rejects, Check(zone, before: old).Rejection is not null);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(-1, "has ended")]
    [InlineData(0.5, "before SOA EXPIRE")]
    public void Signatures_that_end_before_the_zone_may_are_told(double days, string? told)
    {
        var now = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        var end = now.AddDays(days).ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);
        using var zone = TestZone.Build(TestZone.Text(
            1, $"@ DNSKEY 257 3 13 AAAA\nwww RRSIG A 13 3 300 {end} 20260101000000 1 example.org. AAAA", expire: 86400));
        var verdict = new ContentChecks(zone, null, null, ContentCheckSettings.Default, now).Run();
        Assert.Equal(told is not null, !verdict.Warnings.IsEmpty);
        Assert.All(verdict.Warnings, warning => Assert.Contains(told!, warning, StringComparison.Ordinal));
    }

    /// <summary>The zones of RFC 8976 appendix A.1 and A.2, and what may happen to one on its way.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("late 3600 A 127.0.0.9", true)]
    public void A_zone_is_compared_with_its_ZONEMD(string more, bool rejects)
    {
        using var zone = TestZone.Build(
            """
            example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
            example.      86400  IN  NS      ns1.example.
            example.      86400  IN  NS      ns2.example.
            example.      86400  IN  ZONEMD  2018031900 1 1 ( c68090d90a7aed71
                                                         6bc459f9340e3d7c
                                                         1370d4d24b7e2fc3
                                                         a1ddc0b9a87153b9
                                                         a9713b3c9ae5cc27
                                                         777f98b8e730044c )
            ns1.example.  3600   IN  A       203.0.113.63
            ns2.example.  3600   IN  AAAA    2001:db8::63

            """.Replace("ns1 admin", "ns1.example. admin.example.", StringComparison.Ordinal) + more + "\n",
            DomainName.Parse("example"));
        var verdict = Check(zone);
        Assert.Equal(rejects, verdict.Rejection is not null);
        Assert.Null(Check(zone, ContentCheckSettings.Default with { ZoneDigest = CheckAction.Off }).Rejection);
    }

    [Fact]
    public void A_ZONEMD_of_another_serial_rejects_and_one_of_an_unknown_kind_says_nothing()
    {
        var digest = new string('0', 96);
        using var stale = TestZone.Build(TestZone.Text(2, $"@ ZONEMD 1 1 1 {digest}"));
        Assert.NotNull(Check(stale).Rejection);
        using var unknown = TestZone.Build(TestZone.Text(2, $"@ ZONEMD 2 1 240 {digest}"));
        Assert.Null(Check(unknown).Rejection);
    }

    private static ContentVerdict Check(
        ZoneContents zone, ContentCheckSettings? settings = null, ZoneContents? before = null, IReadOnlyCollection<DomainName>? changed = null) =>
        new ContentChecks(zone, before, changed, settings ?? ContentCheckSettings.Default, DateTimeOffset.UtcNow).Run();

    private static string Hosts(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => $"h{i} A 192.0.2.{i % 250}"));
}
