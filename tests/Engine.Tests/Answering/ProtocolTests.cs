using System.Buffers.Binary;
using System.Text;
using CsCheck;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>Headers, EDNS, truncation, TSIG, and everything that is no plain query.</summary>
public sealed class ProtocolTests : IDisposable
{
    private const string Zone = """
        @ 3600 SOA ns1 hostmaster 7 3600 900 604800 300
        @ 3600 NS ns1
        ns1 3600 A 192.0.2.1
        $GENERATE 1-13 many 60 NS ns$.many
        $GENERATE 1-13 ns$.many 60 AAAA 2001:db8::$
        $GENERATE 1-60 big 60 A 192.0.2.$
        $GENERATE 1-20 mx 60 MX $ mail-exchanger-number-$.with.a.long.name
        text 60 TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        sub 60 NS ns.sib
        sib 60 NS ns.sib
        $GENERATE 1-40 ns.sib 60 A 192.0.2.$

        """;

    private readonly Answers _answers = Answers.From("example", Zone);

    public void Dispose() => _answers.Dispose();

    [Fact]
    public void A_response_is_never_answered()
    {
        var query = Answers.Query("example", RecordType.SOA);
        query[2] |= 0x80;

        Assert.Empty(_answers.AskRaw(query));
    }

    [Fact]
    public void What_is_too_short_for_a_header_is_dropped()
    {
        for (var length = 0; length < MessageHeader.Length; length++)
        {
            Assert.Empty(_answers.AskRaw(new byte[length]));
        }
    }

    [Theory]
    [InlineData(Opcode.IQuery)]
    [InlineData(Opcode.Status)]
    [InlineData((Opcode)3)]
    [InlineData(Opcode.Update)]
    [InlineData(Opcode.Dso)]
    [InlineData((Opcode)15)]
    public void An_opcode_that_is_not_known_is_NOTIMP(Opcode opcode)
    {
        var query = Answers.Query("example", RecordType.SOA);
        query[2] = (byte)((int)opcode << 3);

        var reply = _answers.Ask(query);

        Assert.Equal(ResponseCode.NotImp, reply.Code);
        Assert.Equal(opcode, reply.Header.Opcode);
        Assert.Equal("example.", reply.Question);
    }

    [Fact]
    public void RD_and_CD_are_kept_and_AD_RA_and_Z_are_clear()
    {
        var query = Answers.Query("example", RecordType.SOA);
        query[2] = 0x07;
        query[3] = 0xFF;

        var reply = _answers.Ask(query);

        Assert.Equal(0x8000 | 0x0400 | 0x0100 | 0x0010, reply.Header.Flags);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(65535)]
    public void Other_than_one_question_is_FORMERR(int questions)
    {
        var query = Answers.Query("example", RecordType.SOA);
        BinaryPrimitives.WriteUInt16BigEndian(query.AsSpan(4), (ushort)questions);

        Assert.Equal(ResponseCode.FormErr, _answers.Ask(query).Code);
    }

    [Theory]
    [InlineData("03777777")]
    [InlineData("C00C00010001")]
    [InlineData("400000010001")]
    [InlineData("07")]
    [InlineData("")]
    [InlineData("0365786100")]
    public void A_broken_question_is_FORMERR(string question)
    {
        var query = (byte[])[0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(question)];

        var reply = _answers.Ask(query);

        Assert.Equal(ResponseCode.FormErr, reply.Code);
        Assert.Equal(MessageHeader.Length, reply.Message.Length);
    }

    [Fact]
    public void A_name_longer_than_255_octets_is_FORMERR()
    {
        var name = Enumerable.Repeat<byte[]>([63, .. new byte[63]], 4).SelectMany(label => label);
        var query = (byte[])[0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name, 0, 0, 1, 0, 1];

        Assert.Equal(ResponseCode.FormErr, _answers.Ask(query).Code);
    }

    [Fact]
    public void Octets_behind_the_last_record_are_FORMERR() =>
        Assert.Equal(ResponseCode.FormErr, _answers.Ask([.. Answers.Query("example", RecordType.SOA, edns: true), 0]).Code);

    [Fact]
    public void OPT_twice_is_FORMERR()
    {
        var query = Answers.Query("example", RecordType.SOA, edns: true);
        query[11] = 2;

        Assert.Equal(ResponseCode.FormErr, _answers.Ask([.. query, .. query[^11..]]).Code);
    }

    [Fact]
    public void OPT_with_an_owner_is_FORMERR()
    {
        var query = Answers.Query("example", RecordType.SOA);
        query[11] = 1;

        Assert.Equal(ResponseCode.FormErr, _answers.Ask([.. query, 1, (byte)'x', 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0]).Code);
    }

    [Fact]
    public void A_later_EDNS_version_is_BADVERS_with_ours()
    {
        var query = Answers.Query("example", RecordType.SOA, edns: true);
        query[^5] = 1;

        var reply = _answers.Ask(query);

        Assert.Equal(ResponseCode.BadVers, reply.Code);
        Assert.Equal(0, reply.Edns.Version);
        Assert.Empty(reply.Answer);
    }

    [Fact]
    public void Unknown_options_and_flags_are_ignored()
    {
        var query = Answers.Query("example", RecordType.SOA, edns: true, options: [0xFD, 0xE9, 0, 3, 1, 2, 3, 0, 12, 0, 2, 0, 0]);
        query[^16] = 0x7F;

        var reply = _answers.Ask(query);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Empty(reply.Options);
        Assert.False(reply.Edns.DnssecOk);
        Assert.Equal(1232, reply.Edns.UdpPayloadSize);
    }

    [Theory]
    [InlineData("0003000")]
    [InlineData("000A000801")]
    [InlineData("000300")]
    public void Options_that_run_past_their_record_are_FORMERR(string options)
    {
        var octets = Convert.FromHexString(options.Length % 2 == 0 ? options : options + "1");

        Assert.Equal(ResponseCode.FormErr, _answers.Ask(Answers.Query("example", RecordType.SOA, edns: true, options: octets)).Code);
    }

    [Fact]
    public void Without_EDNS_the_limit_is_512_octets_and_with_a_smaller_size_too()
    {
        Assert.True(_answers.Ask("big.example", RecordType.A, size: 512).Header.IsTruncated);
        var tiny = _answers.Ask(Answers.Query("mx.example", RecordType.MX, edns: true, size: 100));

        Assert.True(tiny.Header.IsTruncated);
        Assert.InRange(tiny.Message.Length, 12, 512);
    }

    [Fact]
    public void An_RRset_is_there_whole_or_not_at_all()
    {
        var reply = _answers.Ask(Answers.Query("big.example", RecordType.A, edns: true, size: 600));

        Assert.True(reply.Header.IsTruncated);
        Assert.Empty(reply.Answer);
        Assert.True(reply.HasEdns);
        Assert.Equal(60, _answers.Ask("big.example", RecordType.A).Answer.Count);
    }

    [Fact]
    public void An_answer_that_fits_when_names_are_compressed_is_not_truncated()
    {
        var reply = _answers.Ask(Answers.Query("mx.example", RecordType.MX, edns: true, size: 1232));

        Assert.False(reply.Header.IsTruncated);
        Assert.Equal(20, reply.Answer.Count);
        Assert.InRange(reply.Message.Length, 600, 1232);
    }

    [Fact]
    public void TCP_takes_the_whole_answer()
    {
        var reply = _answers.Ask("mx.example", RecordType.MX, transport: Transport.Tcp, size: 512);

        Assert.False(reply.Header.IsTruncated);
        Assert.Equal(20, reply.Answer.Count);
    }

    [Fact]
    public void Glue_below_the_cut_that_does_not_fit_makes_TC_and_other_glue_is_left_out_quietly()
    {
        var inDomain = _answers.Ask("x.many.example", RecordType.A, size: 512);
        var sibling = _answers.Ask("x.sub.example", RecordType.A, size: 512);

        Assert.True(inDomain.Header.IsTruncated);
        Assert.Equal(13, inDomain.Authority.Count);
        Assert.False(sibling.Header.IsTruncated);
        Assert.Single(sibling.Authority);
        Assert.Empty(sibling.Additional);
        Assert.Equal(40, _answers.Ask("x.sub.example", RecordType.A).Additional.Count);
    }

    [Theory]
    [InlineData(RecordType.OPT, ResponseCode.FormErr)]
    [InlineData(RecordType.TSIG, ResponseCode.FormErr)]
    [InlineData(RecordType.NXNAME, ResponseCode.FormErr)]
    [InlineData(RecordType.AXFR, ResponseCode.FormErr)]
    [InlineData(RecordType.MAILA, ResponseCode.NotImp)]
    [InlineData(RecordType.MAILB, ResponseCode.NotImp)]
    [InlineData(RecordType.TKEY, ResponseCode.NotImp)]
    public void A_type_that_cannot_be_asked_for_is_told_so(RecordType type, ResponseCode code) =>
        Assert.Equal(code, _answers.Ask("example", type).Code);

    [Fact]
    public void IXFR_over_UDP_is_answered_with_the_current_SOA() =>
        Assert.StartsWith("example. 3600 SOA ", Assert.Single(_answers.Ask(Ixfr(3)).Answer));

    [Theory]
    [InlineData(RecordClass.HS)]
    [InlineData(RecordClass.NONE)]
    [InlineData((RecordClass)77)]
    public void Another_class_is_refused(RecordClass @class) =>
        Assert.Equal(ResponseCode.Refused, _answers.Ask(Answers.Query(DomainName.Parse("example"), RecordType.SOA, @class: @class)).Code);

    [Fact]
    public void Class_ANY_is_answered_from_class_IN() =>
        Assert.Single(_answers.Ask(Answers.Query(DomainName.Parse("example"), RecordType.SOA, @class: RecordClass.ANY)).Answer);

    [Theory]
    [InlineData("version.bind", "ManagedDns 1")]
    [InlineData("VERSION.SERVER", "ManagedDns 1")]
    [InlineData("id.server", "node-a")]
    [InlineData("hostname.bind", "node-a")]
    public void Class_CH_tells_what_is_configured(string name, string text)
    {
        var query = Answers.Query(DomainName.Parse(name), RecordType.TXT, edns: true, @class: RecordClass.CH);
        Assert.Equal(ResponseCode.Refused, _answers.Ask(query).Code);

        _answers.Processor.Options = AnsweringOptions.Default with { NodeName = "node-a", Version = "ManagedDns 1" };

        Assert.EndsWith($" 0 TXT \"{text}\"", Assert.Single(_answers.Ask(query).Answer));
    }

    [Theory]
    [InlineData(RecordClass.CH, "version.bind")]
    [InlineData(RecordClass.IN, "example")]
    public void A_COOKIE_of_no_valid_length_is_FORMERR_in_every_class(RecordClass @class, string name)
    {
        _answers.Processor.Options = AnsweringOptions.Default with { Version = "1", Cookies = new ServerCookies(CookieSettings.Default, 0) };

        var reply = _answers.Ask(Answers.Query(DomainName.Parse(name), RecordType.TXT, edns: true, @class: @class, options: [0, 10, 0, 7, 1, 2, 3, 4, 5, 6, 7]));

        Assert.Equal(ResponseCode.FormErr, reply.Code);
        Assert.Empty(reply.Answer);
    }


    [Fact]
    public void NSID_is_told_to_those_who_ask()
    {
        _answers.Processor.Options = AnsweringOptions.Default with { NodeName = "node-a" };

        Assert.Equal("node-a"u8.ToArray(), _answers.Ask(WithOption(EdnsOptionCode.Nsid)).Options[EdnsOptionCode.Nsid]);
        Assert.Empty(_answers.Ask("example", RecordType.SOA).Options);
    }

    [Fact]
    public void EXPIRE_counts_down_on_a_secondary_and_is_the_SOAs_on_a_primary()
    {
        Assert.Equal(604800u, Number(WithOption(EdnsOptionCode.Expire), EdnsOptionCode.Expire));

        _answers.Zones.SetExpiry(DomainName.Parse("example"), _answers.Time.GetUtcNow().AddSeconds(100));
        _answers.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(60u, Number(WithOption(EdnsOptionCode.Expire), EdnsOptionCode.Expire));

        _answers.Time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(0u, Number(WithOption(EdnsOptionCode.Expire), EdnsOptionCode.Expire));
        Assert.Empty(_answers.Ask(Answers.Query("example", RecordType.NS, edns: true, options: [0, 9, 0, 0])).Options);
    }

    [Fact]
    public void ZONEVERSION_tells_the_zone_and_its_serial()
    {
        var version = _answers.Ask(Answers.Query("a.b.example", RecordType.A, edns: true, options: [0, 19, 0, 0])).Options[EdnsOptionCode.ZoneVersion];

        Assert.Equal([1, 0, 0, 0, 0, 7], version);
        Assert.Empty(_answers.Ask(Answers.Query("other", RecordType.A, edns: true, options: [0, 19, 0, 0])).Options.Keys.Except([EdnsOptionCode.ExtendedError]));
    }

    [Fact]
    public void The_TCP_timeout_is_told_over_TCP_alone()
    {
        var query = WithOption(EdnsOptionCode.TcpKeepalive);

        Assert.Equal(100, BinaryPrimitives.ReadUInt16BigEndian(_answers.Ask(query, Transport.Tcp).Options[EdnsOptionCode.TcpKeepalive]));
        Assert.Empty(_answers.Ask(query).Options);
    }

    [Fact]
    public void A_client_cookie_is_answered_with_a_server_cookie_that_is_good_the_next_time()
    {
        UseCookies();

        var first = _answers.Ask(Cookie([1, 2, 3, 4, 5, 6, 7, 8])).Options[EdnsOptionCode.Cookie];
        var second = _answers.Ask(Cookie(first)).Options[EdnsOptionCode.Cookie];

        Assert.Equal(24, first.Length);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], first[..8]);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(41)]
    [InlineData(300)]
    public void A_cookie_of_a_wrong_length_is_FORMERR(int length)
    {
        UseCookies();

        Assert.Equal(ResponseCode.FormErr, _answers.Ask(Cookie(new byte[length])).Code);
    }

    [Fact]
    public void A_message_without_question_is_how_to_ask_for_a_cookie()
    {
        UseCookies();
        var query = (byte[])[0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];

        var reply = _answers.Ask(query);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Equal(24, reply.Options[EdnsOptionCode.Cookie].Length);
    }

    [Fact]
    public void A_flood_of_like_answers_is_cut_down_and_a_good_cookie_is_not()
    {
        UseCookies();
        _answers.Processor.Options = _answers.Processor.Options with { RateLimiter = new ResponseRateLimiter(new RateLimitSettings(5, 1, 2)) };
        var query = Answers.Query("big.example", RecordType.A, edns: true);

        var replies = Enumerable.Range(0, 40).Select(_ => _answers.AskRaw(query)).ToList();
        var cookie = _answers.Ask(Cookie([1, 2, 3, 4, 5, 6, 7, 8])).Options[EdnsOptionCode.Cookie];

        Assert.Equal(5, replies.Count(reply => reply.Length > 600));
        Assert.InRange(replies.Count(reply => reply.Length == 0), 15, 20);
        Assert.All(replies.Where(reply => reply.Length is > 0 and < 600), reply => Assert.True(new Reply(reply).Header.IsTruncated));
        Assert.All(Enumerable.Range(0, 40), _ => Assert.Single(_answers.Ask(Cookie(cookie)).Answer));
        Assert.All(Enumerable.Range(0, 40), _ => Assert.Equal(60, _answers.Ask("big.example", RecordType.A, transport: Transport.Tcp).Answer.Count));
    }

    [Fact]
    public void A_signed_query_gets_a_signed_answer()
    {
        var key = UseKey();

        var (reply, verdict) = AskSigned(key, Answers.Query("example", RecordType.SOA, edns: true));

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.True(verdict.IsGood);
        Assert.Single(reply.Answer);
    }

    [Fact]
    public void A_query_signed_with_a_wrong_key_secret_or_time_is_NOTAUTH()
    {
        var key = UseKey();
        var wrongSecret = new TsigKey(key.Name, key.Algorithm, "another secret"u8.ToArray());
        var unknown = new TsigKey(DomainName.Parse("unknown"), key.Algorithm, key.Secret);
        var query = Answers.Query("example", RecordType.SOA);

        Assert.Equal((ResponseCode.NotAuth, FailureReason.BadSignature), Outcome(AskSigned(wrongSecret, query)));
        Assert.Equal((ResponseCode.NotAuth, FailureReason.BadKey), Outcome(AskSigned(unknown, query)));
        Assert.Equal((ResponseCode.NotAuth, FailureReason.BadTime), Outcome(AskSigned(key, query, TimeSpan.FromHours(1))));
    }

    [Fact]
    public void A_NOTIFY_goes_to_the_handler_with_serial_and_key()
    {
        var handler = new RecordingHandler();
        using var answers = new Answers(handler);
        var query = Notify();

        var reply = answers.Ask(query);

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Equal(Opcode.Notify, reply.Header.Opcode);
        Assert.True(reply.Header.IsAuthoritative);
        Assert.Equal(new Notification(DomainName.Parse("example"), RecordType.SOA, 42, Answers.Client, null), handler.Taken);

        handler.Code = ResponseCode.NotAuth;
        Assert.Equal(ResponseCode.NotAuth, answers.Ask(query).Code);
        Assert.Equal(ResponseCode.Refused, _answers.Ask(query).Code);
    }

    [Fact]
    public void A_NOTIFY_handler_that_fails_is_SERVFAIL_and_the_server_goes_on()
    {
        using var answers = new Answers(new RecordingHandler { Fails = true });

        Assert.Equal(ResponseCode.ServFail, answers.Ask(Notify()).Code);
    }

    [Fact]
    public void Transfers_over_TCP_are_handed_on_and_refused_where_nobody_takes_them()
    {
        using var answers = new Answers(acceptsTransfers: true);

        Assert.Empty(answers.AskRaw(Answers.Query("example", RecordType.AXFR), Transport.Tcp));
        Assert.Equal((DomainName.Parse("example"), RecordType.AXFR, null), (answers.Transfer!.Zone, answers.Transfer.Type, answers.Transfer.HaveSerial));
        Assert.Empty(answers.AskRaw(Ixfr(3), Transport.Tcp));
        Assert.Equal((RecordType.IXFR, (uint?)3), (answers.Transfer!.Type, answers.Transfer.HaveSerial));
        Assert.Equal(ResponseCode.FormErr, answers.Ask(Answers.Query("example", RecordType.IXFR), Transport.Tcp).Code);
        Assert.Equal(ResponseCode.Refused, _answers.Ask(Answers.Query("example", RecordType.AXFR), Transport.Tcp).Code);
    }

    [Fact]
    public void Nothing_that_arrives_makes_the_processor_fail()
    {
        UseCookies();
        UseKey();
        byte[][] seeds =
        [
            Answers.Query("www.example", RecordType.A, edns: true, dnssec: true, options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 3, 0, 0]), Notify(), Ixfr(3),
            Sign(UseKey(), Answers.Query("mx.example", RecordType.MX, edns: true)).Message,
        ];
        var edit = Gen.Select(Gen.Int[0, 400], Gen.Byte);

        Gen.Select(Gen.Int[0, seeds.Length - 1], edit.Array[0, 8], Gen.Int[0, 400], Gen.Bool).Sample((seed, edits, cut, tcp) =>
        {
            var message = seeds[seed].ToArray();
            foreach (var (at, value) in edits)
            {
                message[at % message.Length] = value;
            }

            var reply = _answers.AskRaw(message[..Math.Min(message.Length, Math.Max(cut, 1))], tcp ? Transport.Tcp : Transport.Udp);
            if (reply.Length > 0)
            {
                Assert.InRange(reply.Length, MessageHeader.Length, 4096);
                Assert.Equal(message[..2], reply[..2]);
                Assert.NotEqual(0, reply[2] & 0x80);
            }
        }, iter: 20_000, threads: 1);
    }

    private static (ResponseCode, FailureReason) Outcome((Reply Reply, TsigVerdict Verdict) result) => (result.Reply.Code, result.Verdict.Reason);

    private (Reply Reply, TsigVerdict Verdict) AskSigned(TsigKey key, byte[] query, TimeSpan skew = default)
    {
        var (message, mac) = Sign(key, query, skew);
        var reply = _answers.Ask(message);
        using var verifier = new TsigVerifier(key, mac);
        return (reply, verifier.Verify(reply.Message, _answers.Time.GetUtcNow() + skew));
    }

    private (byte[] Message, byte[] Mac) Sign(TsigKey key, byte[] query, TimeSpan skew = default)
    {
        var buffer = new byte[1024];
        query.CopyTo(buffer, 0);
        using var signer = TsigSigner.ForRequest(key);
        var length = signer.Sign(buffer, query.Length, _answers.Time.GetUtcNow() + skew);
        return (buffer[..length], signer.Mac.ToArray());
    }

    private TsigKey UseKey()
    {
        var key = new TsigKey(DomainName.Parse("key"), TsigAlgorithm.HmacSha256, Encoding.ASCII.GetBytes("a secret of thirty-two octets...."));
        _answers.Processor.Options = _answers.Processor.Options with { Keys = new TsigKeyRing([key]) };
        return key;
    }

    private void UseCookies() => _answers.Processor.Options = _answers.Processor.Options with
    {
        Cookies = new ServerCookies(CookieSettings.Default, (uint)_answers.Time.GetUtcNow().ToUnixTimeSeconds()),
    };

    private static byte[] WithOption(EdnsOptionCode code) => Answers.Query("example", RecordType.SOA, edns: true, options: [0, (byte)code, 0, 0]);

    private static byte[] Cookie(byte[] data) =>
        Answers.Query("example", RecordType.SOA, edns: true, options: [0, 10, (byte)(data.Length >> 8), (byte)data.Length, .. data]);

    private uint Number(byte[] query, EdnsOptionCode code) => BinaryPrimitives.ReadUInt32BigEndian(_answers.Ask(query).Options[code]);

    private static byte[] Ixfr(uint serial) => WithSoa(Opcode.Query, RecordType.IXFR, MessageSection.Authority, serial);

    private static byte[] Notify() => WithSoa(Opcode.Notify, RecordType.SOA, MessageSection.Answer, 42);

    private static byte[] WithSoa(Opcode opcode, RecordType type, MessageSection section, uint serial)
    {
        var soa = ZoneFiles.Records("example", $"@ 0 SOA . . {serial} 0 0 0 0\n")[0];
        var writer = new MessageWriter(new byte[512], 7, MessageHeader.MakeFlags(opcode));
        writer.TryWriteQuestion(soa.Owner.Wire, type, RecordClass.IN);
        writer.TryWriteRecord(section, soa.AsWire());
        return writer.Message.ToArray();
    }

    private sealed class RecordingHandler : INotifyHandler
    {
        public ResponseCode Code { get; set; }

        public bool Fails { get; init; }

        public Notification? Taken { get; private set; }

        public ResponseCode Take(Notification notification)
        {
            Taken = notification;
            return Fails ? throw new InvalidOperationException() : Code;
        }
    }
}
