using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>RFC 6891 as a client sees it, and the options that change what it sees.</summary>
public sealed class EdnsTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    private const ushort DnssecOk = 0x8000;
    private const EdnsOptionCode Unknown = (EdnsOptionCode)65001;

    [Theory]
    [InlineData("www.example.", ResponseCode.NoError)]
    [InlineData("none.example.", ResponseCode.NXDomain)]
    [InlineData("www.elsewhere.", ResponseCode.Refused)]
    public async Task A_query_with_OPT_is_answered_with_OPT_and_one_without_is_not(string name, ResponseCode code)
    {
        var plain = await AnswerAsync(server.EndPoint, Packet.Query(name));
        Assert.Equal(code, plain.Code);
        Assert.Null(plain.Edns);

        var extended = await AnswerAsync(server.EndPoint, Packet.Query(name).Opt());
        Assert.Equal(code, extended.Code);
        Assert.Equal(EdnsHeader.DefaultPayloadSize, extended.Edns!.Value.UdpPayloadSize);
        Assert.Equal(0, extended.Edns.Value.Version);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(255)]
    public async Task A_version_that_we_do_not_know_is_BADVERS_with_ours(byte version)
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(version: version, flags: DnssecOk));

        Assert.Equal(ResponseCode.BadVers, reply.Code);
        Assert.Equal(0, reply.Edns!.Value.Version);
        Assert.Empty(reply.Records);
    }

    [Fact]
    public async Task A_later_version_with_unknown_options_and_flags_is_BADVERS_too()
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(version: 1, flags: 0x0040, options: Packet.OptionOf(Unknown, [1, 2, 3])));

        Assert.Equal(ResponseCode.BadVers, reply.Code);
        Assert.Empty(reply.Options);
    }

    [Fact]
    public async Task An_unknown_option_is_ignored_and_not_repeated()
    {
        foreach (var data in new byte[][] { [], [1], new byte[500] })
        {
            var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Option(Unknown, data));

            Assert.Equal(ResponseCode.NoError, reply.Code);
            Assert.Single(reply.Answers);
            Assert.DoesNotContain(Unknown, reply.Options.Keys);
        }
    }

    [Fact]
    public async Task Unknown_flags_are_ignored_and_come_back_as_zero()
    {
        for (var bit = 0; bit < 15; bit++)
        {
            var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(flags: (ushort)(1 << bit)));

            Assert.Equal(ResponseCode.NoError, reply.Code);
            Assert.Equal(0, reply.EdnsFlags);
        }
    }

    [Fact]
    public async Task DO_is_repeated()
    {
        Assert.Equal(DnssecOk, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(flags: DnssecOk))).EdnsFlags);
        Assert.Equal(0, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt())).EdnsFlags);
    }

    [Theory]
    [InlineData(MessageSection.Answer)]
    [InlineData(MessageSection.Authority)]
    public async Task OPT_outside_the_additional_section_is_FORMERR(MessageSection section) =>
        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(section: section))).Code);

    [Fact]
    public async Task OPT_twice_is_FORMERR() =>
        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt().Opt())).Code);

    [Fact]
    public async Task OPT_with_an_owner_other_than_the_root_is_FORMERR() =>
        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(owner: "example."))).Code);

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 10, 0 })]
    [InlineData(new byte[] { 0, 10, 0, 8 })]
    [InlineData(new byte[] { 0xFD, 0xE9, 0xFF, 0xFF, 0 })]
    [InlineData(new byte[] { 0xFD, 0xE9, 0, 1, 0, 0xFD })]
    public async Task An_option_that_ends_behind_OPT_is_FORMERR(byte[] options) =>
        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(options: options))).Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    public async Task A_size_below_512_counts_as_512(ushort size)
    {
        var whole = await AnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf400, RecordType.TXT).Opt(size));
        Assert.False(whole.Has(MessageHeader.TruncatedFlag));
        Assert.NotEmpty(whole.Answers);

        var cut = await AnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf800, RecordType.TXT).Opt(size));
        Assert.True(cut.Has(MessageHeader.TruncatedFlag));
        Assert.InRange(cut.Octets.Length, MessageHeader.Length, 512);
        Assert.NotNull(cut.Edns);
    }

    [Fact]
    public async Task Without_OPT_the_limit_is_512()
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf800, RecordType.TXT));

        Assert.True(reply.Has(MessageHeader.TruncatedFlag));
        Assert.InRange(reply.Octets.Length, MessageHeader.Length, 512);
    }

    [Fact]
    public async Task A_larger_size_gives_a_whole_answer_up_to_what_fits_every_path()
    {
        var whole = await AnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf800, RecordType.TXT).Opt());
        Assert.False(whole.Has(MessageHeader.TruncatedFlag));
        Assert.NotEmpty(whole.Answers);

        // RFC 9715: whatever the client offers, no answer is larger than what passes without fragments.
        var cut = await AnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT).Opt(65535));
        Assert.True(cut.Has(MessageHeader.TruncatedFlag));
        Assert.InRange(cut.Octets.Length, MessageHeader.Length, EdnsHeader.DefaultPayloadSize);
    }

    [Fact]
    public async Task Over_TCP_the_size_does_not_matter()
    {
        var reply = await TcpAnswerAsync(server.EndPoint, Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT).Opt(512));

        Assert.False(reply.Has(MessageHeader.TruncatedFlag));
        Assert.InRange(reply.Octets.Length, 4000, 6000);
    }

    [Fact]
    public async Task A_client_cookie_earns_a_server_cookie_that_is_good()
    {
        byte[] client = [1, 2, 3, 4, 5, 6, 7, 8];
        var first = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, client));
        var cookie = first.Options[EdnsOptionCode.Cookie];
        Assert.Equal(24, cookie.Length);
        Assert.Equal(client, cookie[..8]);

        var second = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, cookie));
        Assert.Equal(ResponseCode.NoError, second.Code);
        Assert.Equal(cookie, second.Options[EdnsOptionCode.Cookie]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(41)]
    [InlineData(500)]
    public async Task A_cookie_of_a_wrong_length_is_FORMERR(int length) =>
        Assert.Equal(
            ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, new byte[length]))).Code);

    [Fact]
    public async Task Of_two_cookies_the_first_counts()
    {
        byte[] options = [.. Packet.OptionOf(EdnsOptionCode.Cookie, [1, 1, 1, 1, 1, 1, 1, 1]), .. Packet.OptionOf(EdnsOptionCode.Cookie, [2])];

        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Opt(options: options));

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1], reply.Options[EdnsOptionCode.Cookie][..8]);
    }

    [Fact]
    public async Task A_keepalive_is_answered_over_TCP_and_ignored_over_UDP()
    {
        var query = Packet.Query("www.example.").Option(EdnsOptionCode.TcpKeepalive, []);

        Assert.DoesNotContain(EdnsOptionCode.TcpKeepalive, (await AnswerAsync(server.EndPoint, query)).Options.Keys);
        Assert.Equal(2, (await TcpAnswerAsync(server.EndPoint, query)).Options[EdnsOptionCode.TcpKeepalive].Length);
    }

    [Theory]
    [InlineData(EdnsOptionCode.ClientSubnet)]
    [InlineData(EdnsOptionCode.Chain)]
    [InlineData(EdnsOptionCode.KeyTag)]
    [InlineData(EdnsOptionCode.ReportChannel)]
    [InlineData(EdnsOptionCode.ExtendedError)]
    public async Task Options_that_are_not_for_us_are_not_repeated(EdnsOptionCode code)
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.").Option(code, [0, 1, 24, 0, 192, 0, 2]));

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.DoesNotContain(code, reply.Options.Keys);
    }

    [Fact]
    public async Task OPT_is_the_last_record_of_an_answer()
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("host.sub.example.").Opt());

        Assert.NotEmpty(reply.Records);
        Assert.Equal([0, 0, 41], reply.Octets[^11..^8]);
    }
}
