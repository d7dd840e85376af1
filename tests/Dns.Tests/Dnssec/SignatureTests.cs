using System.Security.Cryptography;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns.Tests.Dnssec;

/// <summary>Keys, DS records and signatures against the examples of the RFCs, and against each other.</summary>
public sealed class SignatureTests
{
    private static readonly DomainName s_zone = DomainName.Parse("example.net");
    private static readonly DomainName s_owner = DomainName.Parse("www.example.net");
    private static readonly DateTimeOffset s_then = new(2010, 8, 20, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<DnssecAlgorithm> Algorithms =>
        [DnssecAlgorithm.RsaSha256, DnssecAlgorithm.RsaSha512, DnssecAlgorithm.EcdsaP256Sha256, DnssecAlgorithm.EcdsaP384Sha384];

    [Fact]
    public void The_example_of_RFC_4509_has_its_key_tag_and_its_SHA_256_DS()
    {
        var key = Key("256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==");

        Assert.Equal(60485, key.Tag);
        Assert.Equal(
            "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
            RdataText.Format(RecordType.DS, RecordClass.IN, key.Ds(DomainName.Parse("dskey.EXAMPLE.com"), DsDigestType.Sha256)), ignoreCase: true);
    }

    [Fact]
    public void The_example_of_RFC_6605_verifies_with_its_key_alone()
    {
        var key = Key("257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==");
        var rrsig = RdataText.Parse(
            RecordType.RRSIG, RecordClass.IN,
            "A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==");
        using var verifier = new RrsetVerifier(s_zone, [key]);
        using var stranger = new RrsetVerifier(s_zone, [NewKey(DnssecAlgorithm.EcdsaP256Sha256, out _)]);

        Assert.Equal(55648, key.Tag);
        Assert.Equal(SignatureVerdict.Valid, verifier.Verify(Addresses("192.0.2.1"), rrsig, s_then));
        Assert.Equal(SignatureVerdict.Bogus, verifier.Verify(Addresses("192.0.2.2"), rrsig, s_then));
        Assert.Equal(SignatureVerdict.Expired, verifier.Verify(Addresses("192.0.2.1"), rrsig, s_then.AddMonths(1)));
        Assert.Equal(SignatureVerdict.NotYetValid, verifier.Verify(Addresses("192.0.2.1"), rrsig, s_then.AddMonths(-1)));
        Assert.Equal(SignatureVerdict.NoKey, stranger.Verify(Addresses("192.0.2.1"), rrsig, s_then));
        Assert.True(key.Matches(s_zone, RdataText.Parse(
            RecordType.DS, RecordClass.IN, "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17")));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void What_a_key_signs_verifies_in_any_order_and_case_of_the_records_and_not_when_altered(DnssecAlgorithm algorithm)
    {
        var key = NewKey(algorithm, out var pkcs8);
        using var maker = SignatureScheme.Get(algorithm).CreateMaker(pkcs8);
        var rrsig = Sign(maker, key, Addresses("192.0.2.1", "192.0.2.2"));
        using var verifier = new RrsetVerifier(s_zone, [key]);
        var other = new CanonicalRrset();
        other.Begin(DomainName.Parse("WWW.Example.Net").Wire, RecordType.A, 77);
        other.Add([192, 0, 2, 2]);
        other.Add([192, 0, 2, 1]);
        other.Add([192, 0, 2, 2]);

        Assert.Equal(2, other.Count);
        Assert.Equal(SignatureVerdict.Valid, verifier.Verify(other, rrsig, s_then));
        other.Add([192, 0, 2, 3]);
        Assert.Equal(SignatureVerdict.Bogus, verifier.Verify(other, rrsig, s_then));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_public_key_of_another_length_makes_no_checker(DnssecAlgorithm algorithm) =>
        Assert.Null(SignatureScheme.Get(algorithm).CreateChecker([0]));

    [Fact]
    public void A_private_key_of_another_algorithm_is_refused() =>
        Assert.ThrowsAny<CryptographicException>(
            () => SignatureScheme.Get(DnssecAlgorithm.EcdsaP384Sha384).CreateMaker(SignatureScheme.Get(DnssecAlgorithm.EcdsaP256Sha256).Generate()));

    [Fact]
    public void Names_in_RDATA_are_signed_in_lower_case_where_RFC_4034_says_so_and_in_their_own_case_elsewhere()
    {
        var mail = new CanonicalRrset();
        mail.Begin(s_owner.Wire, RecordType.MX, 60);
        mail.Add(RdataText.Parse(RecordType.MX, RecordClass.IN, "10 Mail.Example.Net."));
        var service = new CanonicalRrset();
        service.Begin(s_owner.Wire, RecordType.SVCB, 60);
        service.Add(RdataText.Parse(RecordType.SVCB, RecordClass.IN, "1 Mail.Example.Net."));

        Assert.Equal("10 mail.example.net.", RdataText.Format(RecordType.MX, RecordClass.IN, mail.Rdata(0)));
        Assert.Equal("1 Mail.Example.Net.", RdataText.Format(RecordType.SVCB, RecordClass.IN, service.Rdata(0)));
    }

    [Fact]
    public void The_simple_zone_of_RFC_8976_has_its_digest()
    {
        using var digest = new ZoneDigest(ZoneDigestType.Sha384);
        foreach (var (owner, type, ttl, rdatas) in ((string, RecordType, uint, string[])[])
        [
            ("example", RecordType.NS, 86400, ["ns1.example.", "ns2.example."]),
            ("example", RecordType.SOA, 86400, ["ns1.example. admin.example. 2018031900 1800 900 604800 86400"]),
            ("ns1.example", RecordType.A, 3600, ["203.0.113.63"]),
            ("ns2.example", RecordType.AAAA, 3600, ["2001:db8::63"]),
        ])
        {
            var records = new CanonicalRrset();
            records.Begin(DomainName.Parse(owner).Wire, type, ttl);
            foreach (var rdata in rdatas)
            {
                records.Add(RdataText.Parse(type, RecordClass.IN, rdata));
            }

            digest.Add(records);
        }

        Assert.Equal(
            "2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c",
            RdataText.Format(RecordType.ZONEMD, RecordClass.IN, digest.ToRdata(2018031900)), ignoreCase: true);
    }

    private static DnsKey Key(string rdata) => DnsKey.TryRead(RdataText.Parse(RecordType.DNSKEY, RecordClass.IN, rdata))!;

    private static DnsKey NewKey(DnssecAlgorithm algorithm, out byte[] pkcs8)
    {
        var scheme = SignatureScheme.Get(algorithm);
        pkcs8 = scheme.Generate();
        return new(DnsKey.ZoneFlag, algorithm, scheme.PublicKeyOf(pkcs8));
    }

    private static CanonicalRrset Addresses(params string[] addresses)
    {
        var records = new CanonicalRrset();
        records.Begin(s_owner.Wire, RecordType.A, 3600);
        foreach (var address in addresses)
        {
            records.Add(RdataText.Parse(RecordType.A, RecordClass.IN, address));
        }

        return records;
    }

    private static byte[] Sign(SignatureMaker maker, DnsKey key, CanonicalRrset records)
    {
        var data = new byte[1000];
        var header = Rrsig.WriteHeader(
            data, records.Type, key.Algorithm, 3, records.Ttl, Rrsig.Seconds(s_then.AddDays(1)), Rrsig.Seconds(s_then.AddDays(-1)), key.Tag, s_zone.Wire);
        var length = header + records.Write(data.AsSpan(header));
        var signature = new byte[maker.Length];
        maker.Sign(data.AsSpan(0, length), signature);
        return [.. data.AsSpan(0, header), .. signature];
    }
}
