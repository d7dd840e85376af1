using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>The algorithm of RFC 1034 §4.3.2, case by case.</summary>
public sealed class UnsignedAnswerTests : IDisposable
{
    private const string Zone = """
        @ 3600 SOA ns1 hostmaster 7 3600 900 604800 300
        @ 3600 NS ns1
        @ 3600 NS ns.example.net.
        @ 60 MX 10 mail
        ns1 3600 A 192.0.2.1
        www 60 A 192.0.2.2
        www 60 AAAA 2001:db8::2
        WwW2 60 A 192.0.2.3
        alias 60 CNAME www
        alias2 60 CNAME alias
        away 60 CNAME www.example.org.
        dangling 60 CNAME nowhere
        loop1 60 CNAME loop2
        loop2 60 CNAME loop1
        tocut 60 CNAME host.sub
        a.b.c 60 A 192.0.2.4
        sub 3600 NS ns.sub
        sub 3600 NS ns.sib
        sub 3600 NS ns.example.net.
        ns.sub 3600 A 192.0.2.10
        ns.sub 3600 AAAA 2001:db8::10
        sib 3600 NS ns.sib
        ns.sib 3600 A 192.0.2.11
        ds 3600 NS ns.example.net.
        ds 3600 DS 1 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC1234
        old 60 DNAME new
        new 60 A 192.0.2.20
        x.new 60 A 192.0.2.21
        far 60 DNAME example.org.
        long 60 DNAME aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg.x.
        *.wild 60 A 192.0.2.30
        *.wild 60 MX 10 mail
        there.wild 60 TXT "text"
        x.ent.wild 60 TXT "text"
        *.cwild 60 CNAME www
        *.dwild 60 DNAME new
        q.*.ewild 60 TXT "text"
        opaque 60 TYPE65280 \# 4 0A000001

        """;

    private readonly Answers _answers = Answers.From("example.com", Zone);

    public void Dispose() => _answers.Dispose();

    [Fact]
    public void An_existing_RRset_is_answered_with_authority_and_nothing_more()
    {
        var reply = _answers.Ask("www.example.com", RecordType.A, size: 512);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.True(reply.Header.IsAuthoritative);
        Assert.False(reply.Header.IsTruncated);
        Assert.Equal(["www.example.com. 60 A 192.0.2.2"], reply.Answer);
        Assert.Empty(reply.Authority);
        Assert.Empty(reply.Additional);
        Assert.False(reply.HasEdns);
        Assert.Equal(0x1234, reply.Header.Id);
    }

    [Fact]
    public void The_case_of_the_question_is_kept_in_question_and_owner()
    {
        var reply = _answers.Ask("wWw.eXample.COM", RecordType.A);

        Assert.Equal("wWw.eXample.COM.", reply.Question);
        Assert.Equal(["wWw.eXample.COM. 60 A 192.0.2.2"], reply.Answer);
    }

    [Fact]
    public void A_type_that_is_not_there_is_NODATA_with_the_SOA_at_its_minimum()
    {
        var reply = _answers.Ask("www.example.com", RecordType.TXT);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.True(reply.Header.IsAuthoritative);
        Assert.Empty(reply.Answer);
        Assert.Equal(["example.com. 300 SOA ns1.example.com. hostmaster.example.com. 7 3600 900 604800 300"], reply.Authority);
    }

    [Theory]
    [InlineData("nothing.example.com")]
    [InlineData("x.www.example.com")]
    [InlineData("ww.example.com")]
    [InlineData("wwwx.example.com")]
    [InlineData("zzz.zzz.zzz.example.com")]
    [InlineData("\\000.example.com")]
    [InlineData("\\255.a.b.c.example.com")]
    [InlineData("b.example.com")]
    public void A_name_that_is_not_there_is_NXDOMAIN_with_the_SOA(string name)
    {
        var reply = _answers.Ask(name, RecordType.A);

        Assert.Equal(ResponseCode.NXDomain, reply.Code);
        Assert.True(reply.Header.IsAuthoritative);
        Assert.Single(reply.Authority);
        Assert.StartsWith("example.com. 300 SOA ", reply.Authority[0]);
    }

    [Theory]
    [InlineData("c.example.com")]
    [InlineData("b.c.example.com")]
    [InlineData("wild.example.com")]
    [InlineData("ent.wild.example.com")]
    [InlineData("ewild.example.com")]
    [InlineData("*.ewild.example.com")]
    public void An_empty_non_terminal_is_NODATA(string name)
    {
        var reply = _answers.Ask(name, RecordType.A);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Empty(reply.Answer);
        Assert.Single(reply.Authority);
    }

    [Fact]
    public void A_CNAME_chain_is_followed_inside_the_zone()
    {
        var reply = _answers.Ask("alias2.example.com", RecordType.A);

        Assert.Equal(
            ["alias2.example.com. 60 CNAME alias.example.com.", "alias.example.com. 60 CNAME www.example.com.", "www.example.com. 60 A 192.0.2.2"], reply.Answer);
        Assert.True(reply.Header.IsAuthoritative);
    }

    [Fact]
    public void A_query_for_the_CNAME_itself_is_not_followed() =>
        Assert.Equal(["alias2.example.com. 60 CNAME alias.example.com."], _answers.Ask("alias2.example.com", RecordType.CNAME).Answer);

    [Fact]
    public void A_chain_to_a_missing_type_is_NODATA_and_to_a_missing_name_NXDOMAIN()
    {
        var noData = _answers.Ask("alias.example.com", RecordType.TXT);
        var nxDomain = _answers.Ask("dangling.example.com", RecordType.A);

        Assert.Equal((ResponseCode.NoError, 1, 1), (noData.Code, noData.Answer.Count, noData.Authority.Count));
        Assert.Equal((ResponseCode.NXDomain, 1, 1), (nxDomain.Code, nxDomain.Answer.Count, nxDomain.Authority.Count));
    }

    [Fact]
    public void A_chain_that_leaves_our_zones_ends_there()
    {
        var reply = _answers.Ask("away.example.com", RecordType.A);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Equal(["away.example.com. 60 CNAME www.example.org."], reply.Answer);
        Assert.Empty(reply.Authority);
    }

    [Fact]
    public void A_chain_goes_on_in_another_zone_that_we_serve()
    {
        _answers.Add("example.org", "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.1\nwww 60 A 192.0.2.99\n");

        Assert.Equal(["away.example.com. 60 CNAME www.example.org.", "www.example.org. 60 A 192.0.2.99"], _answers.Ask("away.example.com", RecordType.A).Answer);
    }

    [Fact]
    public void A_loop_of_CNAMEs_is_given_once_round()
    {
        var reply = _answers.Ask("loop1.example.com", RecordType.A);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Equal(["loop1.example.com. 60 CNAME loop2.example.com.", "loop2.example.com. 60 CNAME loop1.example.com."], reply.Answer);
    }

    [Theory]
    [InlineData("sub.example.com", RecordType.A)]
    [InlineData("sub.example.com", RecordType.NS)]
    [InlineData("sub.example.com", RecordType.ANY)]
    [InlineData("host.sub.example.com", RecordType.A)]
    [InlineData("ns.sub.example.com", RecordType.A)]
    [InlineData("a.b.ns.sub.example.com", RecordType.DS)]
    public void A_name_at_or_below_a_cut_is_referred_with_its_glue(string name, RecordType type)
    {
        var reply = _answers.Ask(name, type);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.False(reply.Header.IsAuthoritative);
        Assert.Empty(reply.Answer);
        Assert.Equal(
            ["sub.example.com. 3600 NS ns.example.net.", "sub.example.com. 3600 NS ns.sib.example.com.", "sub.example.com. 3600 NS ns.sub.example.com."],
            reply.Authority.Order());
        Assert.Equal(
            ["ns.sub.example.com. 3600 A 192.0.2.10", "ns.sub.example.com. 3600 AAAA 2001:db8::10", "ns.sib.example.com. 3600 A 192.0.2.11"], reply.Additional);
    }

    [Fact]
    public void The_DS_at_a_cut_is_the_parents()
    {
        var there = _answers.Ask("ds.example.com", RecordType.DS);
        var missing = _answers.Ask("sub.example.com", RecordType.DS);

        Assert.True(there.Header.IsAuthoritative);
        Assert.Single(there.Answer);
        Assert.True(missing.Header.IsAuthoritative);
        Assert.Empty(missing.Answer);
        Assert.StartsWith("example.com. 300 SOA", Assert.Single(missing.Authority));
    }

    [Fact]
    public void A_chain_into_a_delegated_zone_ends_in_a_referral()
    {
        var reply = _answers.Ask("tocut.example.com", RecordType.A);

        Assert.True(reply.Header.IsAuthoritative);
        Assert.Equal(["tocut.example.com. 60 CNAME host.sub.example.com."], reply.Answer);
        Assert.Equal(3, reply.Authority.Count);
        Assert.Equal(3, reply.Additional.Count);
    }

    [Fact]
    public void A_name_below_a_DNAME_gets_the_DNAME_and_a_synthesized_CNAME()
    {
        var reply = _answers.Ask("X.old.example.com", RecordType.A);

        Assert.Equal(
            ["old.example.com. 60 DNAME new.example.com.", "X.old.example.com. 60 CNAME X.new.example.com.", "X.new.example.com. 60 A 192.0.2.21"], reply.Answer);
    }

    [Fact]
    public void The_owner_of_a_DNAME_is_not_redirected()
    {
        var reply = _answers.Ask("old.example.com", RecordType.A);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Empty(reply.Answer);
        Assert.Equal(["old.example.com. 60 DNAME new.example.com."], _answers.Ask("old.example.com", RecordType.DNAME).Answer);
    }

    [Fact]
    public void A_DNAME_to_a_missing_name_is_NXDOMAIN()
    {
        var reply = _answers.Ask("y.old.example.com", RecordType.A);

        Assert.Equal(ResponseCode.NXDomain, reply.Code);
        Assert.Equal(2, reply.Answer.Count);
    }

    [Fact]
    public void A_DNAME_whose_target_gets_too_long_is_YXDOMAIN()
    {
        var prefix = string.Join('.', Enumerable.Repeat(new string('p', 30), 3));
        var reply = _answers.Ask($"{prefix}.long.example.com", RecordType.A);

        Assert.Equal(ResponseCode.YXDomain, reply.Code);
        Assert.Single(reply.Answer);
    }

    [Fact]
    public void A_DNAME_at_the_apex_redirects_all_below_but_not_the_apex()
    {
        _answers.Add("example.net", "@ 60 SOA ns1.example.com. h 1 2 3 4 5\n@ 60 NS ns1.example.com.\n@ 60 DNAME example.com.\n");

        Assert.Equal(3, _answers.Ask("www.example.net", RecordType.A).Answer.Count);
        Assert.Equal(["example.net. 60 NS ns1.example.com."], _answers.Ask("example.net", RecordType.NS).Answer);
    }

    [Fact]
    public void A_wildcard_answers_for_names_that_are_not_there()
    {
        Assert.Equal(["q.wild.example.com. 60 A 192.0.2.30"], _answers.Ask("q.wild.example.com", RecordType.A).Answer);
        Assert.Equal(["a.b.c.wild.example.com. 60 A 192.0.2.30"], _answers.Ask("a.b.c.wild.example.com", RecordType.A).Answer);
        Assert.Equal(["*.wild.example.com. 60 A 192.0.2.30"], _answers.Ask("*.wild.example.com", RecordType.A).Answer);
    }

    [Fact]
    public void A_wildcard_without_the_type_is_NODATA()
    {
        var reply = _answers.Ask("q.wild.example.com", RecordType.TXT);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Single(reply.Authority);
    }

    [Theory]
    [InlineData("there.wild.example.com", ResponseCode.NoError)]
    [InlineData("below.there.wild.example.com", ResponseCode.NXDomain)]
    [InlineData("ent.wild.example.com", ResponseCode.NoError)]
    [InlineData("q.ent.wild.example.com", ResponseCode.NXDomain)]
    [InlineData("q.*.wild.example.com", ResponseCode.NXDomain)]
    [InlineData("q.ewild.example.com", ResponseCode.NoError)]
    public void A_wildcard_does_not_cover_what_exists_or_lies_below_that(string name, ResponseCode code)
    {
        var reply = _answers.Ask(name, RecordType.A);

        Assert.Equal(code, reply.Code);
        Assert.Empty(reply.Answer);
    }

    [Fact]
    public void A_wildcard_CNAME_is_followed() =>
        Assert.Equal(["q.cwild.example.com. 60 CNAME www.example.com.", "www.example.com. 60 A 192.0.2.2"], _answers.Ask("q.cwild.example.com", RecordType.A).Answer);

    [Fact]
    public void A_name_outside_our_zones_is_refused()
    {
        var reply = _answers.Ask("example.org", RecordType.A);

        Assert.Equal(ResponseCode.Refused, reply.Code);
        Assert.False(reply.Header.IsAuthoritative);
        Assert.Equal(ExtendedErrorCode.NotAuthoritative, reply.ExtendedError);
        Assert.Equal(ResponseCode.Refused, _answers.Ask("com", RecordType.A).Code);
        Assert.Equal(ResponseCode.Refused, _answers.Ask(".", RecordType.NS).Code);
    }

    [Fact]
    public void Each_zone_answers_for_itself_and_the_parent_has_the_DS_of_the_child()
    {
        _answers.Add("ds.example.com", "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.77\n");

        Assert.Equal(["ns1.ds.example.com. 60 A 192.0.2.77"], _answers.Ask("ns1.ds.example.com", RecordType.A).Answer);
        Assert.Equal(["ds.example.com. 60 NS ns1.ds.example.com."], _answers.Ask("ds.example.com", RecordType.NS).Answer);
        Assert.Single(_answers.Ask("ds.example.com", RecordType.DS).Answer);
        Assert.StartsWith("example.com. ", _answers.Ask("example.com", RecordType.DS).Authority[0]);
    }

    [Fact]
    public void The_root_zone_and_zones_of_one_label_are_zones_like_any_other()
    {
        _answers.Add(".", "@ 60 SOA a.root h 1 2 3 4 5\n@ 60 NS a.root\na.root 60 A 192.0.2.55\ntld 60 NS ns.tld\nns.tld 60 A 192.0.2.56\n");
        _answers.Add("arpa", "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.57\n");

        Assert.Equal([". 60 NS a.root."], _answers.Ask(".", RecordType.NS).Answer);
        Assert.Equal(["tld. 60 NS ns.tld."], _answers.Ask("x.tld", RecordType.A).Authority);
        Assert.Equal(["ns.tld. 60 A 192.0.2.56"], _answers.Ask("x.tld", RecordType.A).Additional);
        Assert.Equal(ResponseCode.NXDomain, _answers.Ask("nothing", RecordType.A).Code);
        Assert.Equal(["arpa. 60 NS ns1.arpa."], _answers.Ask("arpa", RecordType.NS).Answer);
    }

    [Fact]
    public void ANY_gets_one_RRset_over_UDP_and_all_over_TCP()
    {
        Assert.Equal(["www.example.com. 60 A 192.0.2.2"], _answers.Ask("www.example.com", RecordType.ANY).Answer);
        Assert.Equal(2, _answers.Ask("www.example.com", RecordType.ANY, transport: Transport.Tcp).Answer.Count);
        Assert.Equal(ResponseCode.NXDomain, _answers.Ask("nothing.example.com", RecordType.ANY).Code);
        Assert.Single(_answers.Ask("alias.example.com", RecordType.ANY).Answer);
        Assert.Single(_answers.Ask("q.wild.example.com", RecordType.ANY).Answer);
    }

    [Fact]
    public void An_unknown_type_is_data_like_any_other() =>
        Assert.Equal(["opaque.example.com. 60 TYPE65280 \\# 4 0A000001"], _answers.Ask("opaque.example.com", (RecordType)65280).Answer);

    [Fact]
    public void A_name_of_255_octets_and_one_of_127_labels_are_found()
    {
        var many = string.Join('.', Enumerable.Repeat("a", 126)) + ".";
        _answers.Add("a", $"@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n{many} 60 A 192.0.2.2\n*.{many[2..]} 60 TXT t\n");

        Assert.Single(_answers.Ask(many, RecordType.A).Answer);
        Assert.Equal(ResponseCode.NoError, _answers.Ask(many[2..], RecordType.A).Code);
        Assert.Single(_answers.Ask("b." + many[2..], RecordType.TXT).Answer);
    }

    [Theory]
    [InlineData(UnavailableReason.InvalidData, ExtendedErrorCode.InvalidData)]
    [InlineData(UnavailableReason.NotReady, ExtendedErrorCode.NotReady)]
    public void A_zone_that_cannot_be_served_is_SERVFAIL_with_the_reason(UnavailableReason reason, ExtendedErrorCode error)
    {
        _answers.Zones.SetUnavailable(DomainName.Parse("Example.com"), reason);

        var reply = _answers.Ask("www.example.com", RecordType.A);

        Assert.Equal(ResponseCode.ServFail, reply.Code);
        Assert.Equal(error, reply.ExtendedError);
        Assert.Null(_answers.Zones.Find(DomainName.Parse("example.com")));
    }

    [Fact]
    public void A_removed_zone_is_refused_and_may_come_back()
    {
        _answers.Zones.Remove(DomainName.Parse("example.com"));
        Assert.Equal(ResponseCode.Refused, _answers.Ask("www.example.com", RecordType.A).Code);

        _answers.Add("example.com", Zone);
        Assert.Equal(ResponseCode.NoError, _answers.Ask("www.example.com", RecordType.A).Code);
    }

    [Fact]
    public void Ten_thousand_zones_are_told_apart()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _answers.Add($"z{i}.test", $"@ 60 SOA ns1 h {i} 2 3 4 5\n@ 60 NS ns1\n");
        }

        for (var i = 0; i < 10_000; i += 7)
        {
            Assert.Contains($" h.z{i}.test. {i} ", _answers.Ask($"z{i}.test", RecordType.SOA).Answer[0]);
        }

        Assert.Equal(ResponseCode.Refused, _answers.Ask("z10000.test", RecordType.SOA).Code);
    }
}
