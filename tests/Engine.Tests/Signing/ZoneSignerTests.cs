using CsCheck;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Whole zones and differences, signed; judged by other people's verifiers and against each other.</summary>
public sealed class ZoneSignerTests
{
    /// <summary>All that is odd: glue, delegations with and without DS, empty non-terminals, wildcards, a DNAME, mixed case, names below a cut.</summary>
    private const string Odd = """
        ns1      A     192.0.2.1
        WwW      A     192.0.2.80
        WwW      A     192.0.2.81
        WwW      AAAA  2001:db8::80
        a.b.c    TXT   "two empty non-terminals above"
        x.b.c    CAA   0 issue "ca.example"
        *.wild   MX    10 Mail
        mail     A     192.0.2.25
        sub      NS    ns.sub
        sub      NS    ns.elsewhere.example.
        ns.sub   A     192.0.2.54
        ns.sub   AAAA  2001:db8::54
        safe     NS    ns.safe
        safe     DS    55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17
        ns.safe  A     192.0.2.55
        deep.in.ent NS ns.elsewhere.example.
        old      DNAME new.example.org.
        alias    CNAME www
        \000.z   TXT   "an octet 0"
        """;

    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    public static TheoryData<DnssecAlgorithm, bool> Ways =>
        new MatrixTheoryData<DnssecAlgorithm, bool>(
            [DnssecAlgorithm.EcdsaP256Sha256, DnssecAlgorithm.EcdsaP384Sha384, DnssecAlgorithm.RsaSha256, DnssecAlgorithm.RsaSha512, DnssecAlgorithm.Ed25519],
            [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_zone_with_all_that_is_odd_is_signed_so_that_BIND_ldns_and_Knot_accept_it(DnssecAlgorithm algorithm, bool nsec3)
    {
        using var received = Zone(Odd);
        using var one = Whole(TestKeys.Csk(algorithm) with { IsNsec3 = nsec3 }, received);
        using var two = Whole(TestKeys.Split(algorithm) with { IsNsec3 = nsec3 }, received);

        await SignedServers.ProveAsync(one);
        await SignedServers.ProveAsync(two);
    }

    [Fact]
    public async Task With_opt_out_the_delegations_without_DS_are_left_out_of_the_chain()
    {
        using var received = Zone(Odd);
        using var all = Whole(TestKeys.Csk() with { IsNsec3 = true }, received);
        using var optOut = Whole(TestKeys.Csk() with { IsNsec3 = true, IsOptOut = true }, received);

        await SignedServers.ProveAsync(optOut);
        // sub, deep.in.ent, and the empty non-terminals in.ent and ent above it alone.
        Assert.Equal(Count(all, RecordType.NSEC3) - 4, Count(optOut, RecordType.NSEC3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ZONEMD_is_made_on_request_and_is_right_after_a_difference_too(bool nsec3)
    {
        var plan = TestKeys.Csk() with { IsNsec3 = nsec3, ZoneDigest = ZoneDigestType.Sha384 };
        using var received = Zone(Odd);
        using var signed = Whole(plan, received);
        using var newer = Zone(Odd + "\nnew A 192.0.2.7");
        using var next = ZoneSigner.Sign(plan, newer, signed, Owners("new"), 101, s_now, s_now, 1, TestContext.Current.CancellationToken);

        await SignedServers.ProveAsync(signed);
        await SignedServers.ProveAsync(next.Contents);
        Assert.NotEmpty(next.Differences);
        Assert.Equal(ZoneDigests.Compute(next.Contents, ZoneDigestType.Sha384), next.Contents.Find(TestZone.Name, RecordType.ZONEMD)[0].Rdata.ToArray());
    }

    [Fact]
    public async Task The_records_of_another_signer_are_left_out()
    {
        using var received = Zone(Odd);
        using var foreign = Whole(TestKeys.Csk(number: 7) with { IsNsec3 = true }, received);
        using var signed = Whole(TestKeys.Csk(), foreign);

        await SignedServers.ProveAsync(signed);
        Assert.Equal(0, Count(signed, RecordType.NSEC3));
        Assert.Single(signed.Find(TestZone.Name, RecordType.DNSKEY));
    }

    [Fact]
    public void Signing_again_with_the_version_before_makes_no_signature_but_that_of_the_SOA()
    {
        var plan = TestKeys.Csk();
        using var received = Zone(Odd);
        using var signed = Whole(plan, received);
        using var whole = ZoneSigner.Sign(plan, received, signed, null, 101, s_now.AddDays(1), s_now.AddDays(1), 2, TestContext.Current.CancellationToken);
        using var difference = ZoneSigner.Sign(plan, received, signed, Owners(), 101, s_now.AddDays(1), s_now.AddDays(1), 2, TestContext.Current.CancellationToken);

        Assert.Equal(2, Lines(whole.Contents).Except(Lines(signed)).Count());
        Assert.Equal(2, Lines(difference.Contents).Except(Lines(signed)).Count());
        Assert.Equal(4, Assert.Single(whole.Differences).Records);
        Assert.Equal(4, Assert.Single(difference.Differences).Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signatures_that_end_too_soon_are_made_anew_and_the_others_stay(bool nsec3)
    {
        var plan = TestKeys.Csk() with { IsNsec3 = nsec3, Jitter = TimeSpan.FromDays(6) };
        using var received = Zone(Odd);
        var then = s_now.AddDays(-3);
        using var signed = ZoneSigner.Sign(plan, received, null, null, 100, then, then, 1, TestContext.Current.CancellationToken).Contents;
        var horizon = then.AddDays(10);
        var due = SignatureTimes.EndingBefore(signed, horizon);
        using var renewed = ZoneSigner.Sign(plan, received, signed, due.Due, 101, s_now, horizon, 1, TestContext.Current.CancellationToken);

        Assert.NotEmpty(due.Due.Names);
        Assert.True(SignatureTimes.EndingBefore(renewed.Contents, horizon) is { Due: { Names.Count: 0, Nsec3Owners.Count: 0 }, Earliest: { } earliest } && earliest > horizon);
        Assert.Contains(Lines(signed).Intersect(Lines(renewed.Contents)), line => line.Contains("rrsig", StringComparison.Ordinal));
        await SignedServers.ProveAsync(renewed.Contents);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_one_algorithm_follows_another_the_CDS_are_signed_by_both_as_the_zone_is(bool isComing)
    {
        var (old, @new) = (TestKeys.Csk(), TestKeys.Csk(DnssecAlgorithm.Ed25519));
        var plan = (isComing ? old : @new) with { ZoneSigners = [.. old.ZoneSigners, .. @new.ZoneSigners] };
        using var received = Zone("www A 192.0.2.80");
        using var signed = Whole(plan, received);

        var served = await SignedServers.ProveAsync(signed);
        foreach (var type in new[] { RecordType.CDS, RecordType.CDNSKEY, RecordType.SOA })
        {
            Assert.Equal([DnssecAlgorithm.EcdsaP256Sha256, DnssecAlgorithm.Ed25519], AlgorithmsOver(served, type));
        }

        Assert.Equal([isComing ? DnssecAlgorithm.EcdsaP256Sha256 : DnssecAlgorithm.Ed25519], AlgorithmsOver(served, RecordType.DNSKEY));

        static IEnumerable<DnssecAlgorithm> AlgorithmsOver(ServedZone zone, RecordType type) => zone.Records
            .Select(record => record.Type == RecordType.RRSIG && Rrsig.TryRead(record.Rdata.Span, out var signature) && signature.Covered == type
                ? signature.Algorithm : default).Where(algorithm => algorithm != default).Order();
    }

    [Fact]
    public async Task Another_key_for_the_zone_signs_all_of_it_anew()
    {
        using var received = Zone(Odd);
        using var signed = Whole(TestKeys.Csk(), received);
        var plan = TestKeys.Csk(number: 1);
        using var next = ZoneSigner.Sign(plan, received, signed, Owners(), 101, s_now, s_now, 2, TestContext.Current.CancellationToken);

        await SignedServers.ProveAsync(next.Contents);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_difference_signed_is_what_signing_from_scratch_makes(bool nsec3, bool optOut)
    {
        var plan = TestKeys.Csk() with { IsNsec3 = nsec3, IsOptOut = optOut };
        var names = new[] { "a", "b.a", "c.b.a", "d.c.b.a", "x", "y.x", "*.x", "z.y.x", "WWW", "m.n.o", "p.n.o" };
        var datas = new[] { "A 192.0.2.1", "A 192.0.2.2", "TXT \"t\"", "NS ns.example.", "DS 1 13 2 " + new string('a', 64), "DNAME target.example." };
        var record = Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, datas.Length - 1], (name, data) => (names[name], datas[data]));
        var zone = record.Array[0, 12].Select(records => records.ToHashSet());
        var number = 0;
        Gen.Select(zone, zone, zone).Sample((first, second, third) =>
        {
            using var received = Random(first);
            var current = Whole(plan, received);
            var serial = 100u;
            var (before, last) = (first, received);
            foreach (var target in new[] { second, third })
            {
                var newer = Random(target);
                var changed = before.Except(target).Union(target.Except(before)).Select(item => item.Item1).Distinct().ToArray();
                var next = ZoneSigner.Sign(plan, newer, current, Owners(changed), ++serial, s_now, s_now, 1, TestContext.Current.CancellationToken);
                using var scratch = Whole(plan, newer, serial);
                Assert.Equal(Lines(scratch, signatures: false), Lines(next.Contents, signatures: false));
                Assert.Empty(SignatureFaults.In(next.Contents, plan, s_now));
                AssertLeadsTo(current, next);
                current.Dispose();
                newer.Dispose();
                (current, before) = (next.Contents, target);
            }

            if (IsAcceptable(before) && number++ % 4 == 0)
            {
                Verifiers.Accept(current.Served());
            }

            current.Dispose();
        }, iter: 150, threads: 1);
    }

    /// <summary>Whether others read such a zone: BIND takes no NS at a wildcard, Knot no NS beside and nothing below a DNAME.</summary>
    private static bool IsAcceptable(HashSet<(string Name, string Data)> records)
    {
        var cuts = records.Where(record => record.Data.StartsWith("NS", StringComparison.Ordinal)).Select(record => record.Name).ToHashSet();
        var aliases = records.Where(record => record.Data.StartsWith("DNAME", StringComparison.Ordinal)).Select(record => record.Name).ToHashSet();
        return !cuts.Overlaps(aliases) && !cuts.Any(name => name[0] == '*')
            && !records.Any(record => aliases.Any(alias => record.Name.EndsWith($".{alias}", StringComparison.Ordinal)));
    }

    /// <summary>The difference sequence, applied as a secondary applies it, makes the new version.</summary>
    private static void AssertLeadsTo(ZoneContents from, NewVersion next)
    {
        foreach (var difference in next.Differences)
        {
            using var sink = new Refresh.DifferenceReplay(from);
            using var replayed = sink.Apply(difference);
            Assert.Equal(Lines(next.Contents), Lines(replayed));
        }
    }

    private static ZoneContents Random(IEnumerable<(string, string)> records) =>
        Zone(string.Join("\n", records.Select(record => $"{record.Item1} {record.Item2}")));

    private static ZoneContents Zone(string more) =>
        TestZone.Build("$TTL 300\n@ SOA ns1 hostmaster 7 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n" + more + "\n");

    private static ZoneContents Whole(SigningPlan plan, ZoneContents received, uint serial = 100) =>
        ZoneSigner.Sign(plan, received, null, null, serial, s_now, s_now, 2, TestContext.Current.CancellationToken).Contents;

    private static ChangedOwners Owners(params string[] names) => new([.. names.Select(name => DomainName.Parse(name + ".example.org"))], []);

    private static int Count(ZoneContents zone, RecordType type) => ZoneContentsRecords(zone).Count(record => record.Type == type);

    private static List<ResourceRecord> ZoneContentsRecords(ZoneContents zone) => Zones.ZoneFiles.Walk(zone);

    private static List<string> Lines(ZoneContents zone, bool signatures = true) =>
    [
        .. ZoneContentsRecords(zone).Where(record => signatures || record.Type != RecordType.RRSIG)
            .Select(record => RecordText.Format(record.AsWire()).ToLowerInvariant()).Order(StringComparer.Ordinal),
    ];
}
