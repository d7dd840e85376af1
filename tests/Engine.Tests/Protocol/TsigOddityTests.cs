using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>Signed queries (RFC 8945 §5.2) that are good, bad and odd.</summary>
public sealed class TsigOddityTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    private static readonly byte[] s_algorithm = DomainName.Parse("hmac-sha256.").Wire.ToArray();

    [Fact]
    public async Task A_signed_query_gets_a_signed_answer()
    {
        foreach (var packet in new[] { Query(), Query().Opt(), Packet.Query("none.example."), Packet.Query("elsewhere.") })
        {
            var (message, mac) = Sign(packet, ProtocolServer.Key);

            var reply = await AskAsync(server.EndPoint, message);

            Assert.NotNull(reply);
            using var verifier = new TsigVerifier(ProtocolServer.Key, mac);
            Assert.Equal(FailureReason.None, verifier.Verify(reply.Octets, server.Now).Reason);
            Assert.True(verifier.IsSettled);
        }
    }

    [Theory]
    [InlineData(ProtocolServer.NameOf480)]
    [InlineData(ProtocolServer.NameOf800)]
    public async Task An_answer_that_does_not_fit_with_its_signature_is_truncated_and_signed(string name)
    {
        var unsigned = await AnswerAsync(server.EndPoint, Packet.Query(name, RecordType.TXT));
        Assert.Equal(name == ProtocolServer.NameOf800, unsigned.Has(MessageHeader.TruncatedFlag));
        foreach (var packet in new[] { Packet.Query(name, RecordType.TXT), Packet.Query(name, RecordType.TXT).Opt(512) })
        {
            var (message, mac) = Sign(packet, ProtocolServer.Key);

            var reply = await AskAsync(server.EndPoint, message);

            Assert.NotNull(reply);
            Assert.True(reply.Has(MessageHeader.TruncatedFlag));
            Assert.InRange(reply.Octets.Length, MessageHeader.Length, 512);
            using var verifier = new TsigVerifier(ProtocolServer.Key, mac);
            Assert.Equal(FailureReason.None, verifier.Verify(reply.Octets, server.Now).Reason);
        }
    }

    [Fact]
    public async Task An_unknown_key_is_BADKEY_and_answered_unsigned()
    {
        var stranger = new TsigKey(DomainName.Parse("stranger."), TsigAlgorithm.HmacSha256, new byte[32]);

        await IsNotAuthAsync(Sign(Query(), stranger).Message, ResponseCode.BadKey, macLength: 0);
    }

    [Fact]
    public async Task A_key_used_with_another_algorithm_is_BADKEY()
    {
        var other = new TsigKey(ProtocolServer.Key.Name, TsigAlgorithm.HmacSha512, ProtocolServer.Key.Secret);

        await IsNotAuthAsync(Sign(Query(), other).Message, ResponseCode.BadKey, macLength: 0);
    }

    [Fact]
    public async Task A_wrong_secret_is_BADSIG_and_answered_unsigned()
    {
        var wrong = new TsigKey(ProtocolServer.Key.Name, TsigAlgorithm.HmacSha256, new byte[32]);

        await IsNotAuthAsync(Sign(Query(), wrong).Message, ResponseCode.BadSig, macLength: 0);
    }

    [Fact]
    public async Task An_altered_question_is_BADSIG()
    {
        var (message, _) = Sign(Query(), ProtocolServer.Key);
        message[MessageHeader.Length + 1] ^= 1;

        await IsNotAuthAsync(message, ResponseCode.BadSig, macLength: 0);
    }

    [Theory]
    [InlineData(-301)]
    [InlineData(301)]
    public async Task A_clock_that_is_off_is_BADTIME_and_the_answer_tells_ours(int seconds)
    {
        var (message, _) = Sign(Query(), ProtocolServer.Key, server.Now.AddSeconds(seconds));

        var tsig = await IsNotAuthAsync(message, ResponseCode.BadTime, macLength: 32);

        Assert.Equal(6, BinaryPrimitives.ReadUInt16BigEndian(tsig.AsSpan(^8)));
    }

    [Fact]
    public async Task A_forwarded_query_with_another_id_is_verified_by_its_original_one()
    {
        var (message, mac) = Sign(Query(), ProtocolServer.Key);
        message[0] ^= 0xFF;

        var reply = await AskAsync(server.EndPoint, message);

        Assert.Equal(ResponseCode.NoError, reply!.Code);
        Assert.NotEmpty(mac);
    }

    [Fact]
    public async Task TSIG_that_is_not_the_last_record_is_FORMERR()
    {
        var tsig = Rdata(mac: new byte[32]);
        await IsFormErrAsync(Query().Record(MessageSection.Additional, "key.", RecordType.TSIG, tsig, RecordClass.ANY).Opt());
        await IsFormErrAsync(Query().Record(MessageSection.Answer, "key.", RecordType.TSIG, tsig, RecordClass.ANY));
        await IsFormErrAsync(Query().Record(MessageSection.Authority, "key.", RecordType.TSIG, tsig, RecordClass.ANY));
        await IsFormErrAsync(Query()
            .Record(MessageSection.Additional, "key.", RecordType.TSIG, tsig, RecordClass.ANY)
            .Record(MessageSection.Additional, "key.", RecordType.TSIG, tsig, RecordClass.ANY));
    }

    [Fact]
    public async Task TSIG_with_RDATA_that_does_not_add_up_is_FORMERR()
    {
        var whole = Rdata(mac: new byte[32]);
        for (var length = 0; length < whole.Length; length++)
        {
            await IsFormErrAsync(Query().Record(MessageSection.Additional, "key.", RecordType.TSIG, whole[..length], RecordClass.ANY));
        }

        await IsFormErrAsync(Query().Record(MessageSection.Additional, "key.", RecordType.TSIG, [.. whole, 0], RecordClass.ANY));
        await IsFormErrAsync(Query().Record(MessageSection.Additional, "key.", RecordType.TSIG, Rdata(new byte[32], macSize: 65535), RecordClass.ANY));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(33)]
    [InlineData(200)]
    public async Task A_MAC_shorter_than_half_or_longer_than_whole_is_FORMERR(int length) =>
        await IsFormErrAsync(Query().Record(
            MessageSection.Additional, ProtocolServer.Key.Name.ToString(), RecordType.TSIG, Rdata(new byte[length]), RecordClass.ANY));

    [Theory]
    [InlineData(RecordType.AXFR)]
    [InlineData(RecordType.SOA)]
    [InlineData(RecordType.ANY)]
    public async Task Whatever_is_asked_for_a_bad_signature_gives_no_data(RecordType type)
    {
        var wrong = new TsigKey(ProtocolServer.Key.Name, TsigAlgorithm.HmacSha256, new byte[32]);

        await IsNotAuthAsync(Sign(Packet.Query("example.", type), wrong).Message, ResponseCode.BadSig, macLength: 0);
    }

    private static Packet Query() => Packet.Query("www.example.");

    private static byte[] Rdata(byte[] mac, ushort? macSize = null)
    {
        var size = macSize ?? (ushort)mac.Length;
        return [.. s_algorithm, 0, 0, 0, 0, 0, 0, 1, 44, (byte)(size >> 8), (byte)size, .. mac, 0x4D, 0x44, 0, 0, 0, 0];
    }

    private (byte[] Message, byte[] Mac) Sign(Packet packet, TsigKey key, DateTimeOffset? at = null)
    {
        var buffer = new byte[4096];
        var message = packet.ToArray();
        message.CopyTo(buffer, 0);
        using var signer = TsigSigner.ForRequest(key);
        var length = signer.Sign(buffer, message.Length, at ?? server.Now);
        return (buffer[..length], signer.Mac.ToArray());
    }

    /// <summary>Returns the RDATA of the answer's TSIG record.</summary>
    private async Task<byte[]> IsNotAuthAsync(byte[] message, ResponseCode error, int macLength)
    {
        var reply = await AskAsync(server.EndPoint, message);

        Assert.NotNull(reply);
        Assert.Equal(ResponseCode.NotAuth, reply.Code);
        Assert.Empty(reply.Answers);
        var rdata = reply.Records[^1].Record.Rdata.ToArray();
        Assert.Equal(RecordType.TSIG, reply.Records[^1].Record.Type);
        var fixedPart = rdata.AsSpan(WireName.Length(rdata));
        Assert.Equal(macLength, BinaryPrimitives.ReadUInt16BigEndian(fixedPart[8..]));
        Assert.Equal(error, (ResponseCode)BinaryPrimitives.ReadUInt16BigEndian(fixedPart[(12 + macLength)..]));
        return rdata;
    }

    private async Task IsFormErrAsync(Packet packet)
    {
        var reply = await AnswerAsync(server.EndPoint, packet);

        Assert.Equal(ResponseCode.FormErr, reply.Code);
        Assert.DoesNotContain(reply.Records, pair => pair.Record.Type == RecordType.TSIG);
    }
}
