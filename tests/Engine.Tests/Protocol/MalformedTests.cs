using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>What is not well-formed is answered FORMERR, or with silence where there is no header to answer to. Responses are never answered.</summary>
public sealed class MalformedTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    /// <summary>Question sections that say one question and hold none that can be read.</summary>
    public static TheoryData<string, byte[]> BadQuestions => new()
    {
        { "nothing at all", [] },
        { "a name cut short", [3, (byte)'w', (byte)'w'] },
        { "a name without its root", [3, (byte)'w', (byte)'w', (byte)'w'] },
        { "no type", [3, (byte)'w', (byte)'w', (byte)'w', 0] },
        { "half a type", [3, (byte)'w', (byte)'w', (byte)'w', 0, 0] },
        { "no class", [3, (byte)'w', (byte)'w', (byte)'w', 0, 0, 1] },
        { "half a class", [3, (byte)'w', (byte)'w', (byte)'w', 0, 0, 1, 0] },
        { "a pointer to itself", [0xC0, 12, 0, 1, 0, 1] },
        { "a pointer to the header", [0xC0, 0, 0, 1, 0, 1] },
        { "a pointer forward", [0xC0, 14, 0, 0, 1, 0, 1] },
        { "a pointer past the end", [0xFF, 0xFF, 0, 1, 0, 1] },
        { "half a pointer", [0xC0] },
        { "two pointers to each other", [0xC0, 14, 0xC0, 12, 0, 1, 0, 1] },
        { "a label and a pointer back to it", [1, (byte)'a', 0xC0, 12, 0, 1, 0, 1] },
        { "an extended label type", [0x41, 0, 0, 0, 1, 0, 1] },
        { "a label type that is not assigned", [0x81, 0, 0, 0, 1, 0, 1] },
        { "a name of 256 octets", [.. Enumerable.Repeat<byte[]>([1, (byte)'a'], 127).SelectMany(label => label), 1, 0, 0, 1, 0, 1] },
        { "a name of 128 labels and more", [.. Enumerable.Repeat<byte[]>([1, (byte)'a'], 200).SelectMany(label => label), 0, 0, 1, 0, 1] },
        { "labels without end", [.. Enumerable.Repeat<byte>(63, 500)] },
    };

    /// <summary>What may stand behind a good question and may not be so, with the counts of answer, authority and additional records.</summary>
    public static TheoryData<string, byte[], ushort, ushort, ushort> BadRecords => new()
    {
        { "trailing octet", [0], 0, 0, 0 },
        { "trailing octets", new byte[100], 0, 0, 0 },
        { "an additional record that is not there", [], 0, 0, 1 },
        { "an answer that is not there", [], 1, 0, 0 },
        { "an authority record that is not there", [], 0, 1, 0 },
        { "65535 records of each section that are not there", [], 65535, 65535, 65535 },
        { "an owner cut short", [5, 1, 2], 0, 0, 1 },
        { "an owner of a bad label type", [0x80, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0], 0, 0, 1 },
        { "a fixed part cut short", [0, 0, 41, 4, 208, 0, 0, 0, 0, 0], 0, 0, 1 },
        { "RDATA cut short", [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 10], 0, 0, 1 },
        { "RDLENGTH of 65535", [0, 0, 41, 4, 208, 0, 0, 0, 0, 0xFF, 0xFF], 0, 0, 1 },
        { "OPT and a trailing octet", [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0, 0], 0, 0, 1 },
    };

    [Theory]
    [MemberData(nameof(BadQuestions))]
    public async Task A_question_that_cannot_be_read_is_FORMERR(string what, byte[] question)
    {
        Assert.NotEmpty(what);
        await IsFormErrAsync(new Packet().Raw(question).Count(MessageSection.Question, 1));
    }

    [Theory]
    [MemberData(nameof(BadRecords))]
    public async Task What_stands_behind_the_question_must_be_whole(string what, byte[] octets, ushort answers, ushort authority, ushort additional)
    {
        Assert.NotEmpty(what);
        await IsFormErrAsync(Packet.Query("www.example.").Raw(octets)
            .Count(MessageSection.Answer, answers).Count(MessageSection.Authority, authority).Count(MessageSection.Additional, additional));
    }

    [Fact]
    public async Task Less_than_a_header_is_met_with_silence()
    {
        var query = Packet.Query("www.example.").ToArray();
        for (var length = 0; length < MessageHeader.Length; length++)
        {
            Assert.Null(await AskAsync(server.EndPoint, query[..length]));
        }
    }

    [Fact]
    public async Task A_query_cut_short_anywhere_is_FORMERR()
    {
        var query = Packet.Query("www.example.").Option(EdnsOptionCode.Cookie, new byte[8]).ToArray();
        for (var length = MessageHeader.Length; length < query.Length; length++)
        {
            var reply = await AskAsync(server.EndPoint, query[..length]);
            Assert.Equal(ResponseCode.FormErr, reply!.Code);
        }

        Assert.Equal(ResponseCode.NoError, (await AskAsync(server.EndPoint, query))!.Code);
    }

    [Fact]
    public async Task A_response_is_never_answered()
    {
        const ushort Response = MessageHeader.ResponseFlag;
        Assert.Null(await AskAsync(server.EndPoint, Packet.Query("www.example.", flags: Response)));
        Assert.Null(await AskAsync(server.EndPoint, Packet.Query("www.example.", flags: Response).Opt()));
        Assert.Null(await AskAsync(server.EndPoint, Packet.Query("www.example.", flags: Response).Opt().Opt()));
        Assert.Null(await AskAsync(server.EndPoint, Packet.Query("www.example.", flags: Response).Opt(version: 1)));
        Assert.Null(await AskAsync(server.EndPoint, new Packet { Flags = Response }));
        Assert.Null(await AskAsync(server.EndPoint, new Packet { Flags = Response }.Raw(0xC0, 12).Count(MessageSection.Question, 1)));
        for (var opcode = 0; opcode < 16; opcode++)
        {
            Assert.Null(await AskAsync(server.EndPoint, Packet.OfOpcode(opcode, Response).Question("example.", RecordType.SOA)));
        }
    }

    [Fact]
    public async Task Harmless_records_in_a_query_do_not_harm()
    {
        // RFC 8906 knows no rule against them; a stub that adds some wants an answer all the same.
        var reply = await AskAsync(server.EndPoint, Packet.Query("www.example.").Record(MessageSection.Additional, "x.example.", RecordType.A, [192, 0, 2, 1]).Opt());

        Assert.Equal(ResponseCode.NoError, reply!.Code);
    }

    [Fact]
    public async Task A_datagram_of_the_greatest_size_is_answered()
    {
        var query = Packet.Query("www.example.").Option((EdnsOptionCode)65001, new byte[60_000]);

        Assert.NotNull(await AskAsync(server.EndPoint, query));
    }

    private async Task IsFormErrAsync(Packet packet)
    {
        foreach (var reply in new[] { await AskAsync(server.EndPoint, packet), await TcpAnswerAsync(server.EndPoint, packet) })
        {
            Assert.NotNull(reply);
            Assert.Equal(ResponseCode.FormErr, reply.Code);
            Assert.Empty(reply.Records);
            Assert.False(reply.Has(MessageHeader.AuthoritativeFlag));
        }
    }
}
