using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>The options that tell of the zone that answers, and those that depend on the transport: ZONEVERSION, EXPIRE, PADDING, edns-tcp-keepalive.</summary>
public sealed class ZoneOptionTests : IDisposable
{
    private const string Parent = """
        @ 60 SOA ns1 h 1001 2 3 4000 5
        @ 60 NS ns1
        ns1 60 A 192.0.2.1
        alias 60 CNAME ns1
        away 60 CNAME www.child.example.
        *.wild 60 A 192.0.2.2
        moved 60 DNAME child
        cut 60 NS ns.elsewhere.
        child 60 NS ns1
        child 60 DS 1 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC1234

        """;

    private const string Child = "@ 60 SOA ns1 h 2002 2 3 4 5\n@ 60 NS ns1.example.\nwww 60 A 192.0.2.3\n";

    private readonly Answers _answers = Answers.From("example", Parent).Add("child.example", Child);

    public void Dispose() => _answers.Dispose();

    [Theory]
    [InlineData("ns1.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    [InlineData("alias.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    [InlineData("n.wild.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    [InlineData("ns1.example", RecordType.TXT, ResponseCode.NoError, 1, 1001)]
    [InlineData("none.example", RecordType.A, ResponseCode.NXDomain, 1, 1001)]
    [InlineData("www.cut.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    [InlineData("cut.example", RecordType.DS, ResponseCode.NoError, 1, 1001)]
    [InlineData("example", RecordType.SOA, ResponseCode.NoError, 1, 1001)]
    [InlineData("example", RecordType.ANY, ResponseCode.NoError, 1, 1001)]
    [InlineData("child.example", RecordType.DS, ResponseCode.NoError, 1, 1001)]
    [InlineData("child.example", RecordType.SOA, ResponseCode.NoError, 2, 2002)]
    [InlineData("www.child.example", RecordType.A, ResponseCode.NoError, 2, 2002)]
    [InlineData("none.child.example", RecordType.A, ResponseCode.NXDomain, 2, 2002)]
    [InlineData("away.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    [InlineData("www.moved.example", RecordType.A, ResponseCode.NoError, 1, 1001)]
    public void ZONEVERSION_tells_the_serial_of_the_zone_that_the_name_asked_for_lies_in(string name, RecordType type, ResponseCode code, byte labels, uint serial)
    {
        foreach (var transport in Enum.GetValues<Transport>())
        {
            var reply = _answers.Ask(Answers.Query(name, type, edns: true, options: Option(EdnsOptionCode.ZoneVersion)), transport);

            Assert.Equal(code, reply.Code);
            Assert.Equal(labels, reply.Options[EdnsOptionCode.ZoneVersion][0]);
            Assert.Equal(0, reply.Options[EdnsOptionCode.ZoneVersion][1]);
            Assert.Equal(serial, BinaryPrimitives.ReadUInt32BigEndian(reply.Options[EdnsOptionCode.ZoneVersion].AsSpan(2)));
        }
    }

    [Fact]
    public void The_root_zone_tells_its_version_with_no_labels()
    {
        _answers.Add(".", "@ 60 SOA a h 3003 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n");

        Assert.Equal([0, 0, 0, 0, 0x0B, 0xBB], _answers.Ask(Answers.Query("none", RecordType.A, edns: true, options: Option(EdnsOptionCode.ZoneVersion))).Options[EdnsOptionCode.ZoneVersion]);
    }

    [Fact]
    public void A_truncated_answer_tells_the_version_too()
    {
        _answers.Add("large", "@ 60 SOA ns1 h 7 2 3 4 5\n@ 60 NS ns1\n$GENERATE 1-100 ns1 60 A 192.0.2.$\n");

        var reply = _answers.Ask(Answers.Query("ns1.large", RecordType.A, edns: true, options: Option(EdnsOptionCode.ZoneVersion)));

        Assert.True(reply.Header.IsTruncated);
        Assert.Equal([1, 0, 0, 0, 0, 7], reply.Options[EdnsOptionCode.ZoneVersion]);
    }

    [Fact]
    public void Where_no_zone_answers_there_is_no_version()
    {
        foreach (var (name, type) in new[] { ("elsewhere", RecordType.A), ("example", RecordType.MAILB), ("example", RecordType.NXNAME) })
        {
            Assert.DoesNotContain(
                EdnsOptionCode.ZoneVersion, _answers.Ask(Answers.Query(name, type, edns: true, options: Option(EdnsOptionCode.ZoneVersion))).Options.Keys);
        }

        _answers.Zones.SetUnavailable(DomainName.Parse("example"), UnavailableReason.InvalidData);
        var expired = _answers.Ask(Answers.Query("example", RecordType.SOA, edns: true, options: [.. Option(EdnsOptionCode.ZoneVersion), .. Option(EdnsOptionCode.Expire)]));
        Assert.Equal(ResponseCode.ServFail, expired.Code);
        Assert.Equal([EdnsOptionCode.ExtendedError], expired.Options.Keys);
    }

    [Fact]
    public void ZONEVERSION_is_told_to_those_alone_who_ask() => Assert.Empty(_answers.Ask("ns1.example", RecordType.A).Options);

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(300)]
    public void ZONEVERSION_with_data_in_a_query_is_FORMERR(int length)
    {
        var reply = _answers.Ask(Answers.Query("ns1.example", RecordType.A, edns: true, options: Option(EdnsOptionCode.ZoneVersion, length)));

        Assert.Equal(ResponseCode.FormErr, reply.Code);
        Assert.True(reply.HasEdns);
        Assert.Empty(reply.Options);
        Assert.Empty(reply.Answer);
    }

    [Theory]
    [InlineData("example", RecordType.SOA, 4000)]
    [InlineData("child.example", RecordType.SOA, 4)]
    [InlineData("example", RecordType.NS, -1)]
    [InlineData("ns1.example", RecordType.SOA, -1)]
    [InlineData("none.example", RecordType.SOA, -1)]
    [InlineData("cut.example", RecordType.SOA, -1)]
    [InlineData("elsewhere", RecordType.SOA, -1)]
    public void EXPIRE_comes_with_an_SOA_that_is_the_answer_and_nothing_else(string name, RecordType type, int seconds)
    {
        var options = _answers.Ask(Answers.Query(name, type, edns: true, options: Option(EdnsOptionCode.Expire))).Options;

        Assert.Equal(seconds, options.TryGetValue(EdnsOptionCode.Expire, out var expire) ? BinaryPrimitives.ReadInt32BigEndian(expire) : -1);
        Assert.Empty(_answers.Ask(name, type).Options.Keys.Except([EdnsOptionCode.ExtendedError]));
    }

    [Theory]
    [InlineData("ns1.example", RecordType.A)]
    [InlineData("none.example", RecordType.A)]
    [InlineData("www.cut.example", RecordType.A)]
    [InlineData("elsewhere", RecordType.A)]
    public void Padding_comes_over_TLS_to_those_who_pad_and_keepalive_over_TCP_and_TLS(string name, RecordType type)
    {
        var asking = Answers.Query(name, type, edns: true, options: [.. Option(EdnsOptionCode.Padding, 9), .. Option(EdnsOptionCode.TcpKeepalive)]);
        Reply udp = _answers.Ask(asking), tcp = _answers.Ask(asking, Transport.Tcp), tls = _answers.Ask(asking, Transport.Tls);

        Assert.Equal((false, false), (Has(udp, EdnsOptionCode.Padding), Has(udp, EdnsOptionCode.TcpKeepalive)));
        Assert.Equal((false, true), (Has(tcp, EdnsOptionCode.Padding), Has(tcp, EdnsOptionCode.TcpKeepalive)));
        Assert.Equal((true, true), (Has(tls, EdnsOptionCode.Padding), Has(tls, EdnsOptionCode.TcpKeepalive)));

        // RFC 8467 §4.1. The padding is zeros and comes last.
        Assert.Equal(0, tls.Message.Length % 468);
        Assert.All(tls.Options[EdnsOptionCode.Padding], octet => Assert.Equal(0, octet));
        Assert.Equal(EdnsOptionCode.Padding, tls.Options.Keys.Last());
        Assert.Empty(_answers.Ask(Answers.Query(name, type, edns: true), Transport.Tls).Options.Keys.Except([EdnsOptionCode.ExtendedError]));
    }

    private static bool Has(Reply reply, EdnsOptionCode code) => reply.Options.ContainsKey(code);

    private static byte[] Option(EdnsOptionCode code, int length = 0) => [(byte)((int)code >> 8), (byte)code, (byte)(length >> 8), (byte)length, .. new byte[length]];
}
