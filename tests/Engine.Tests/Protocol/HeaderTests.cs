using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>The battery of RFC 8906: nothing that is a query stays unanswered, whatever its opcode, bits, type and class; and RFC 9619 on the number of questions.</summary>
public sealed class HeaderTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    private const ushort ReservedFlag = 0x0040;

    public static TheoryData<int> UnknownOpcodes => [.. Enumerable.Range(0, 16).Except([0, 4, 5])];

    [Theory]
    [MemberData(nameof(UnknownOpcodes))]
    public async Task An_opcode_that_we_do_not_know_is_NOTIMP(int opcode)
    {
        foreach (var packet in new[] { Packet.OfOpcode(opcode), Packet.OfOpcode(opcode).Question("www.example."), Packet.OfOpcode(opcode).Question("www.example.").Opt() })
        {
            var reply = await AnswerAsync(server.EndPoint, packet);

            Assert.Equal(ResponseCode.NotImp, reply.Code);
            Assert.Equal((Opcode)opcode, reply.Header.Opcode);
            Assert.Empty(reply.Records);
            Assert.False(reply.Has(MessageHeader.TruncatedFlag));
        }
    }

    [Theory]
    [MemberData(nameof(UnknownOpcodes))]
    public async Task An_unknown_opcode_with_any_body_is_answered(int opcode) =>
        Assert.Equal((Opcode)opcode, (await AnswerAsync(server.EndPoint, Packet.OfOpcode(opcode).Count(MessageSection.Question, 3).Raw(0xFF, 0xFF, 0xFF))).Header.Opcode);

    [Fact]
    public async Task An_UPDATE_is_answered_and_changes_nothing()
    {
        var update = Packet.OfOpcode((int)Opcode.Update).Question("example.", RecordType.SOA)
            .Record(MessageSection.Authority, "added.example.", RecordType.A, [192, 0, 2, 99], ttl: 60);

        var reply = await AnswerAsync(server.EndPoint, update);

        Assert.Equal(Opcode.Update, reply.Header.Opcode);
        Assert.Contains(reply.Code, new[] { ResponseCode.NotImp, ResponseCode.Refused, ResponseCode.NotAuth });
        Assert.Equal(ResponseCode.NXDomain, (await AnswerAsync(server.EndPoint, Packet.Query("added.example."))).Code);
    }

    [Theory]
    [InlineData("example.", RecordType.SOA)]
    [InlineData("elsewhere.", RecordType.SOA)]
    [InlineData("example.", RecordType.A)]
    public async Task A_NOTIFY_from_nobody_in_particular_is_answered(string zone, RecordType type)
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.OfOpcode((int)Opcode.Notify, MessageHeader.AuthoritativeFlag).Question(zone, type));

        Assert.Equal(Opcode.Notify, reply.Header.Opcode);
        Assert.NotEqual(ResponseCode.NoError, reply.Code);
    }

    [Theory]
    [InlineData(MessageHeader.RecursionDesiredFlag)]
    [InlineData(MessageHeader.RecursionAvailableFlag)]
    [InlineData(MessageHeader.AuthenticDataFlag)]
    [InlineData(MessageHeader.CheckingDisabledFlag)]
    [InlineData(MessageHeader.AuthoritativeFlag)]
    [InlineData(MessageHeader.TruncatedFlag)]
    [InlineData(ReservedFlag)]
    [InlineData(0x000F)]
    [InlineData(0x07FF)]
    public async Task Header_bits_of_a_query_do_not_change_its_answer(ushort flags)
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.", flags: flags));

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Single(reply.Answers);
        Assert.True(reply.Has(MessageHeader.AuthoritativeFlag));
        Assert.False(reply.Has(MessageHeader.TruncatedFlag));
        Assert.False(reply.Has(MessageHeader.RecursionAvailableFlag));
        Assert.False(reply.Has(MessageHeader.AuthenticDataFlag));
        Assert.False(reply.Has(ReservedFlag));
        Assert.Equal((flags & MessageHeader.RecursionDesiredFlag) != 0, reply.Has(MessageHeader.RecursionDesiredFlag));

        // RFC 4035 §3.1.6: copied.
        Assert.Equal((flags & MessageHeader.CheckingDisabledFlag) != 0, reply.Has(MessageHeader.CheckingDisabledFlag));
    }

    [Fact]
    public async Task The_question_comes_back_as_it_was_sent()
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("wWw.eXaMPLe."));

        Assert.Equal(Packet.Query("wWw.eXaMPLe.").ToArray()[MessageHeader.Length..], reply.Octets[MessageHeader.Length..29]);
        Assert.Single(reply.Answers);
    }

    [Fact]
    public async Task An_unknown_type_is_no_data()
    {
        foreach (var type in new[] { 1000, 65280, 65535 })
        {
            var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.", (RecordType)type));

            Assert.Equal(ResponseCode.NoError, reply.Code);
            Assert.Empty(reply.Answers);
            Assert.Contains(reply.Records, pair => pair.Section == MessageSection.Authority && pair.Record.Type == RecordType.SOA);
        }
    }

    [Fact]
    public async Task Every_type_is_answered_with_and_without_OPT()
    {
        for (var type = 0; type <= 260; type++)
        {
            foreach (var name in new[] { "www.example.", "none.example.", "elsewhere." })
            {
                var reply = await AnswerAsync(server.EndPoint, Packet.Query(name, (RecordType)type));
                Assert.Single(reply.Questions);
                await AnswerAsync(server.EndPoint, Packet.Query(name, (RecordType)type).Opt());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(254)]
    [InlineData(65535)]
    public async Task Another_class_is_refused(ushort @class)
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("www.example.", @class: (RecordClass)@class));

        Assert.Contains(reply.Code, new[] { ResponseCode.Refused, ResponseCode.FormErr, ResponseCode.NotImp });
        Assert.Empty(reply.Answers);
    }

    [Fact]
    public async Task An_AXFR_over_UDP_gives_no_zone()
    {
        var reply = await AnswerAsync(server.EndPoint, Packet.Query("example.", RecordType.AXFR));

        Assert.NotEqual(ResponseCode.NoError, reply.Code);
        Assert.Empty(reply.Answers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(65535)]
    public async Task A_query_with_another_number_of_questions_than_one_is_FORMERR(ushort questions)
    {
        var packet = new Packet();
        for (var i = 0; i < Math.Min((int)questions, 20); i++)
        {
            packet.Question("www.example.");
        }

        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, packet.Count(MessageSection.Question, questions))).Code);
        Assert.Equal(ResponseCode.FormErr, (await AnswerAsync(server.EndPoint, packet.Opt().Count(MessageSection.Question, questions))).Code);
    }

    [Fact]
    public async Task A_query_without_question_but_with_a_cookie_earns_a_server_cookie()
    {
        var reply = await AnswerAsync(server.EndPoint, new Packet().Option(EdnsOptionCode.Cookie, [1, 2, 3, 4, 5, 6, 7, 8]));

        Assert.Equal(ResponseCode.NoError, reply.Code);
        Assert.Empty(reply.Questions);
        Assert.Equal(24, reply.Options[EdnsOptionCode.Cookie].Length);
    }
}
