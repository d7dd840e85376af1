using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit.Validation;
using ZoneFiles = ManagedDns.Engine.Tests.Zones.ZoneFiles;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>What DO=1 adds to the answers of signed zones: RFC 4035 §3.1 with NSEC, RFC 5155 §7.2 with NSEC3.</summary>
public sealed class SignedAnswerTests : IDisposable
{
    // The names of RFC 5155, Appendix A, so that its hashes can be compared.
    private const string Zone = """
        @ 3600 SOA ns1 bugs.x.w 1 3600 300 3600000 3600
        @ 3600 NS ns1
        @ 3600 NS ns2
        @ 3600 MX 1 xx
        a 3600 NS ns1.a
        a 3600 NS ns2.a
        a 3600 DS 58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C
        ns1.a 3600 A 192.0.2.5
        ns2.a 3600 A 192.0.2.6
        ai 3600 A 192.0.2.9
        ai 3600 HINFO "KLH-10" "ITS"
        c 3600 NS ns1.c
        ns1.c 3600 A 192.0.2.7
        ns1 3600 A 192.0.2.1
        ns2 3600 A 192.0.2.2
        *.w 3600 MX 1 ai
        x.w 3600 MX 1 xx
        x.y.w 3600 MX 1 xx
        xx 3600 A 192.0.2.10
        xx 3600 AAAA 2001:db8::f00:baaa

        """;

    private readonly Answers _answers = new();

    public void Dispose() => _answers.Dispose();

    [Fact]
    public void The_hashes_are_those_of_RFC_5155()
    {
        Assert.Equal("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", DenialRecords.Base32(FakeSigner.Hash(DomainName.Parse("example"))));
        UseNsec3(optOut: true);

        Assert.Contains("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 NSEC3 ", Denials("example", RecordType.TXT)[0]);
        Assert.Contains("2vptu5timamqttgl4luu9kg21e0aor3s.example. 300 NSEC3 ", Denials("x.y.w.example", RecordType.TXT)[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_RRset_comes_with_its_signatures_to_those_who_ask(bool nsec3)
    {
        Use(nsec3);

        var signed = _answers.Ask("xx.example", RecordType.AAAA, dnssec: true);
        var plain = _answers.Ask("xx.example", RecordType.AAAA);

        Assert.True(signed.Edns.DnssecOk);
        Assert.Equal(2, signed.Answer.Count);
        Assert.StartsWith("xx.example. 3600 RRSIG AAAA ", signed.Answer[1]);
        Assert.Empty(signed.Authority);
        Assert.Single(plain.Answer);
        Assert.False(plain.Edns.DnssecOk);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_zone_that_comes_to_deny_by_the_other_kind_by_differences_answers_as_one_that_came_whole(bool toNsec3)
    {
        // Glue has no part in denial: with much of it the differences are shorter than the zone.
        const string Large = Zone + "$GENERATE 1-300 glue$.a 3600 A 192.0.2.1\n";
        using var before = FakeSigner.Sign("example.", Large, nsec3: !toNsec3);
        using var whole = FakeSigner.Sign("example.", Large.Replace("bugs.x.w 1 ", "bugs.x.w 2 ", StringComparison.Ordinal), toNsec3);
        using var after = DifferenceReplay.Apply(before, [ZoneComparison.Between(before, whole)!]);
        Assert.True(ZoneComparison.AreSame(whole, after));

        foreach (var (name, type) in new[] { ("ml.example", RecordType.A), ("a.z.w.example", RecordType.MX), ("ns1.example", RecordType.MX), ("b.c.example", RecordType.A) })
        {
            _answers.Zones.Publish(whole);
            var expected = _answers.Ask(name, type, dnssec: true);
            Assert.Contains(expected.Authority, line => line.Contains(toNsec3 ? " NSEC3 " : " NSEC ", StringComparison.Ordinal));
            _answers.Zones.Publish(after);
            Assert.Equal(expected.Message, _answers.Ask(name, type, dnssec: true).Message);
        }
    }

    [Fact]
    public void NXDOMAIN_in_an_NSEC_zone_denies_the_name_and_the_wildcard()
    {
        Use(nsec3: false);

        var reply = _answers.Ask("ml.example", RecordType.A, dnssec: true);

        Assert.Equal(ResponseCode.NXDomain, reply.Code);
        Assert.Equal(["SOA", "RRSIG", "NSEC", "RRSIG", "NSEC", "RRSIG"], reply.Authority.Select(line => line.Split(' ')[2]));
        Assert.StartsWith("c.example. 300 NSEC ns1.example. ", reply.Authority[2]);
        Assert.StartsWith("example. 300 NSEC a.example. ", reply.Authority[4]);
    }

    [Fact]
    public void A_name_behind_thousands_of_names_below_a_cut_is_denied_by_the_cuts_NSEC()
    {
        using var zone = FakeSigner.Sign("example.", Zone + "m 3600 NS ns1\n$GENERATE 1-3000 h$.m 3600 A 192.0.2.1\n");
        _answers.Zones.Publish(zone);

        var reply = _answers.Ask("mm.example", RecordType.A, dnssec: true);

        Assert.Equal(ResponseCode.NXDomain, reply.Code);
        Assert.Contains(reply.Authority, line => line.StartsWith("m.example. 300 NSEC ns1.example. ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_NSEC_zone_that_lacks_nearly_all_of_its_NSECs_does_not_cost_a_search_through_it()
    {
        // As a broken signer leaves it: the apex alone has one.
        var text = Zone + "$GENERATE 1-3000 h$ 3600 A 192.0.2.1\n";
        using var whole = FakeSigner.Sign("example.", text);
        using var builder = new ZoneBuilder(DomainName.Parse("example"));
        foreach (var record in ZoneFiles.Walk(whole).Where(record => record.Type != RecordType.NSEC || record.Owner.LabelCount == 1))
        {
            builder.Add(record.AsWire());
        }

        using var broken = builder.Build();
        _answers.Zones.Publish(broken);

        var reply = _answers.Ask("zz.example", RecordType.A, dnssec: true);

        Assert.Equal(ResponseCode.NXDomain, reply.Code);
        Assert.DoesNotContain(reply.Authority, line => line.Contains(" NSEC ", StringComparison.Ordinal) && line.StartsWith('h'));
    }


    [Fact]
    public void One_NSEC_that_denies_both_is_given_once()
    {
        Use(nsec3: false);

        // The apex's NSEC spans 0.example and *.example alike.
        Assert.Single(Denials("0.example", RecordType.A));
    }

    [Fact]
    public void NODATA_in_an_NSEC_zone_shows_the_names_own_NSEC()
    {
        Use(nsec3: false);

        Assert.StartsWith("ai.example. 300 NSEC c.example. ", Assert.Single(Denials("ai.example", RecordType.AAAA)));
        Assert.StartsWith("ns2.example. 300 NSEC *.w.example. ", Assert.Single(Denials("w.example", RecordType.A)));
        Assert.StartsWith("x.w.example. 300 NSEC x.y.w.example. ", Assert.Single(Denials("y.w.example", RecordType.A)));
    }

    [Fact]
    public void A_wildcard_answer_denies_the_closer_name()
    {
        Use(nsec3: false);

        var reply = _answers.Ask("a.z.w.example", RecordType.MX, dnssec: true);

        Assert.StartsWith("a.z.w.example. 3600 MX ", reply.Answer[0]);
        Assert.StartsWith("a.z.w.example. 3600 RRSIG MX 13 2 ", reply.Answer[1]);
        Assert.Equal(["NSEC", "RRSIG"], reply.Authority.Select(line => line.Split(' ')[2]));
        Assert.StartsWith("x.y.w.example. 300 NSEC xx.example. ", reply.Authority[0]);
    }

    [Fact]
    public void A_wildcard_without_the_type_shows_its_own_NSEC_too()
    {
        Use(nsec3: false);

        var denials = Denials("a.z.w.example", RecordType.AAAA);

        Assert.Equal(["x.y.w.example.", "*.w.example."], denials.Select(line => line.Split(' ')[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_secure_referral_has_the_DS_and_an_insecure_one_the_proof_that_there_is_none(bool nsec3)
    {
        Use(nsec3);

        var secure = _answers.Ask("mc.a.example", RecordType.MX, dnssec: true);
        var insecure = _answers.Ask("mc.c.example", RecordType.MX, dnssec: true);

        Assert.Equal(["NS", "NS", "DS", "RRSIG"], secure.Authority.Select(line => line.Split(' ')[2]));
        Assert.Equal(2, secure.Additional.Count);
        Assert.Equal(["NS", nsec3 ? "NSEC3" : "NSEC", "RRSIG"], insecure.Authority.Select(line => line.Split(' ')[2]));
        Assert.Single(insecure.Additional);
    }

    [Fact]
    public void An_opt_out_referral_shows_the_closest_encloser_and_the_span_over_the_next_closer_name()
    {
        UseNsec3(optOut: true);

        var reply = _answers.Ask("mc.c.example", RecordType.MX, dnssec: true);

        // RFC 5155, Appendix B.3.
        Assert.Equal(
            ["0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl.example."],
            reply.Authority.Where(line => line.Split(' ')[2] == "NSEC3").Select(line => line.Split(' ')[0]).Order());
    }

    [Fact]
    public void NXDOMAIN_in_an_NSEC3_zone_is_the_three_records_of_RFC_5155_B_1()
    {
        UseNsec3(optOut: true);

        Assert.Equal(
            ["0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl.example.", "b4um86eghhds6nea196smvmlo4ors995.example."],
            Denials("a.c.x.w.example", RecordType.A).Select(line => line.Split(' ')[0]).Order());
    }

    [Fact]
    public void A_wildcard_answer_in_an_NSEC3_zone_denies_the_next_closer_name_alone()
    {
        UseNsec3(optOut: true);

        // RFC 5155, Appendix B.4.
        Assert.StartsWith("q04jkcevqvmu85r014c7dkba38o0ji5r.example.", Assert.Single(Denials("a.z.w.example", RecordType.MX)));
    }

    [Fact]
    public void A_wildcard_without_the_type_in_an_NSEC3_zone_is_the_three_records_of_RFC_5155_B_5()
    {
        UseNsec3(optOut: true);

        Assert.Equal(
            ["k8udemvp1j2f7eg6jebps17vp3n8i58h.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example."],
            Denials("a.z.w.example", RecordType.AAAA).Select(line => line.Split(' ')[0]).Order());
    }

    [Fact]
    public void The_hash_of_a_name_is_no_name_of_the_zone()
    {
        UseNsec3(optOut: false);

        Assert.Equal(ResponseCode.NXDomain, _answers.Ask("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example", RecordType.NSEC3).Code);
    }

    [Fact]
    public void A_DS_query_at_an_insecure_cut_is_denied_by_the_parent()
    {
        Use(nsec3: false);
        Assert.StartsWith("c.example. 300 NSEC ", Assert.Single(Denials("c.example", RecordType.DS)));

        UseNsec3(optOut: true);
        Assert.Equal(2, Denials("c.example", RecordType.DS).Count);
    }

    [Fact]
    public void A_synthesized_CNAME_has_no_signature_and_the_DNAME_has()
    {
        using var zone = FakeSigner.Sign("example", Zone + "d 60 DNAME w\n");
        _answers.Zones.Publish(zone);

        var reply = _answers.Ask("x.d.example", RecordType.MX, dnssec: true);

        Assert.Equal(["DNAME", "RRSIG", "CNAME", "MX", "RRSIG"], reply.Answer.Select(line => line.Split(' ')[2]));
    }

    [Fact]
    public void The_signature_over_a_negative_SOA_has_the_TTL_of_the_SOA()
    {
        using var zone = FakeSigner.Sign("example", Zone.Replace("3600000 3600", "3600000 120"));
        _answers.Zones.Publish(zone);

        Assert.All(_answers.Ask("nothing.example", RecordType.A, dnssec: true).Authority.Take(2), line => Assert.Equal("120", line.Split(' ')[1]));
    }

    [Fact]
    public void Every_denial_is_proven()
    {
        var validator = new ResponseValidator([new(DomainName.Parse("example"), [])]);
        string[] labels = ["a", "b", "c", "w", "x", "y", "z", "ns1", "*", "ai", "0", "~", "\\000", "xx"];
        foreach (var (nsec3, optOut) in new[] { (false, false), (true, false), (true, true) })
        {
            using var zone = FakeSigner.Sign("example", Zone + "*.ent.ent2 60 TXT t\ndeep.down.below 60 A 192.0.2.1\nq.*.e 60 TXT t\n", nsec3, optOut);
            _answers.Zones.Publish(zone);
            var names = labels.Concat(["ent", "ent2", "down", "below", "e"]).ToList();
            names.AddRange(names.SelectMany(first => names.Select(second => $"{first}.{second}")).ToList());
            names.AddRange(labels.SelectMany(first => names.Where(name => name.Contains('.')).Take(150).Select(second => $"{first}.{second}")).ToList());
            foreach (var name in names)
            {
                foreach (var type in new[] { RecordType.A, RecordType.MX, RecordType.DS, RecordType.TXT })
                {
                    var question = DomainName.Parse(name + ".example");
                    var reply = _answers.Ask(Answers.Query(question, type, edns: true, dnssec: true, size: 4096), Transport.Tcp);
                    Assert.Null(validator.Validate(question, type, reply.Code, reply.Message));
                }
            }
        }
    }

    [Fact]
    public void While_the_salt_changes_denials_come_from_the_chain_that_NSEC3PARAM_names()
    {
        using var zone = FakeSigner.Sign("example", Zone, nsec3: true);
        _answers.Zones.Publish(zone);
        (string Name, RecordType Type)[] questions =
            [("ml.example", RecordType.A), ("w.example", RecordType.A), ("a.z.w.example", RecordType.AAAA), ("xx.example", RecordType.TXT), ("mc.c.example", RecordType.MX)];
        var before = questions.Select(question => Denials(question.Name, question.Type)).ToList();

        using var builder = new ZoneBuilder(zone.Apex);
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            var record = walk.Current;
            builder.Add(record);
            if (record.Type == RecordType.NSEC3)
            {
                // The other chain's hashes lie between: here one right before or behind each.
                byte[] owner = [.. record.Owner], rdata = [.. record.Rdata];
                owner[32] = owner[32] == 'v' ? (byte)'u' : (byte)'v';
                rdata[5] ^= 0xFF;
                builder.Add(new WireRecord(owner, record.Type, record.Class, record.Ttl, rdata));
            }
        }

        using var mixed = builder.Build();
        _answers.Zones.Publish(mixed);

        Assert.Equal(before, questions.Select(question => Denials(question.Name, question.Type)));
    }

    [Fact]
    public void NODATA_at_an_apex_without_an_NSEC3_of_its_own_has_no_next_closer_name_to_deny()
    {
        using var zone = FakeSigner.Sign("example", Zone, nsec3: true);
        var apexHash = DenialRecords.Base32(FakeSigner.Hash(zone.Apex));
        using var builder = new ZoneBuilder(zone.Apex);
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            if (walk.Current.Owner.Length < 34 || !walk.Current.Owner[1..33].SequenceEqual(System.Text.Encoding.ASCII.GetBytes(apexHash)))
            {
                builder.Add(walk.Current);
            }
        }

        using var broken = builder.Build();
        _answers.Zones.Publish(broken);

        Assert.Empty(Denials("example", RecordType.TXT));
    }

    private void Use(bool nsec3)
    {
        using var zone = FakeSigner.Sign("example", Zone, nsec3);
        _answers.Zones.Publish(zone);
    }

    private void UseNsec3(bool optOut)
    {
        using var zone = FakeSigner.Sign("example", Zone, nsec3: true, optOut);
        _answers.Zones.Publish(zone);
    }

    private List<string> Denials(string name, RecordType type) =>
        _answers.Ask(name, type, dnssec: true).Authority.Where(line => line.Split(' ')[2] is "NSEC" or "NSEC3").ToList();
}
