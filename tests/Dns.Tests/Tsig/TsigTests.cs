using CsCheck;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Tsig;

public class TsigTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TsigKey s_key = new(Name("Transfer.Example"), TsigAlgorithm.HmacSha256, "0123456789abcdef0123456789abcdef"u8.ToArray());
    private static readonly TsigKeyRing s_ring = new([s_key]);

    public static TheoryData<TsigAlgorithm> Algorithms => [.. Enum.GetValues<TsigAlgorithm>()];

    private static byte[] Query(ushort id = 7)
    {
        var writer = new MessageWriter(new byte[512], id, 0);
        writer.TryWriteQuestion(Name("example.com").Wire, RecordType.SOA, RecordClass.IN);
        return writer.Message.ToArray();
    }

    private static byte[] Response(int serial, ushort id = 7)
    {
        var writer = new MessageWriter(new byte[512], id, MessageHeader.ResponseFlag);
        writer.TryWriteRecord(MessageSection.Answer, Soa("example.com", (uint)serial).AsWire());
        return writer.Message.ToArray();
    }

    private static byte[] Sign(TsigSigner signer, byte[] message, DateTimeOffset? at = null)
    {
        var buffer = new byte[message.Length + 512];
        message.CopyTo(buffer, 0);
        return buffer[..signer.Sign(buffer, message.Length, at ?? s_now)];
    }

    private static (byte[] Message, byte[] Mac) SignedQuery(TsigKey? key = null, DateTimeOffset? at = null)
    {
        using var signer = TsigSigner.ForRequest(key ?? s_key);
        var message = Sign(signer, Query(), at);
        return (message, signer.Mac.ToArray());
    }

    private static (TsigRequestState State, TsigRequest? Request) Verify(byte[] message, TsigKeyRing? ring = null, DateTimeOffset? now = null) =>
        (TsigRequest.Verify(message, ring ?? s_ring, now ?? s_now, out var request), request);

    /// <summary>What a client whose request had <paramref name="mac"/> makes of the server's answer.</summary>
    private static TsigVerdict Answer(TsigRequest request, byte[] mac, TsigKey? key = null, DateTimeOffset? serverTime = null, DateTimeOffset? clientTime = null)
    {
        var response = Response(1);
        var buffer = new byte[response.Length + request.RecordLength];
        response.CopyTo(buffer, 0);
        Assert.Equal(buffer.Length, request.Sign(buffer, response.Length, serverTime ?? s_now));
        using var verifier = new TsigVerifier(key ?? s_key, mac);
        return verifier.Verify(buffer, clientTime ?? s_now);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_signed_query_and_its_signed_answer_are_genuine(TsigAlgorithm algorithm)
    {
        var key = new TsigKey(Name("k"), algorithm, "secret"u8.ToArray());
        var (query, mac) = SignedQuery(key);
        Assert.Equal(Query().Length + TsigSigner.RecordLength(key), query.Length);
        var (state, request) = Verify(query, new TsigKeyRing([key]));
        Assert.Equal(TsigRequestState.Verified, state);
        Assert.Equal(key, request!.Key);
        Assert.Equal(mac, request.Mac.ToArray());
        Assert.Equal(new TsigVerdict(FailureReason.None, TimeSpan.Zero), Answer(request, mac, key));
    }

    [Fact]
    public void A_key_name_in_another_case_is_the_same_key()
    {
        var (query, _) = SignedQuery(new TsigKey(Name("TRANSFER.example"), s_key.Algorithm, s_key.Secret));
        Assert.Equal(TsigRequestState.Verified, Verify(query).State);
    }

    [Fact]
    public void The_id_may_change_on_the_way()
    {
        var (query, _) = SignedQuery();
        query[0] ^= 0xFF;
        Assert.Equal(TsigRequestState.Verified, Verify(query).State);
    }

    [Fact]
    public void A_change_of_any_octet_but_the_id_is_never_taken_for_genuine()
    {
        var (query, _) = SignedQuery();
        for (var i = 2; i < query.Length; i++)
        {
            var changed = query.ToArray();
            changed[i] ^= 0x01;
            Assert.True(Verify(changed).State != TsigRequestState.Verified, $"octet {i}");
        }
    }

    [Fact]
    public void An_unsigned_query_is_unsigned() => Assert.Equal((TsigRequestState.Unsigned, null), Verify(Query()));

    [Fact]
    public void Another_secret_is_BADSIG_answered_without_a_MAC()
    {
        var wrong = new TsigKey(s_key.Name, s_key.Algorithm, "another"u8.ToArray());
        var (query, mac) = SignedQuery(wrong);
        var (state, request) = Verify(query);
        Assert.Equal(TsigRequestState.Rejected, state);
        Assert.Equal(ResponseCode.BadSig, request!.Error);
        Assert.Equal(new TsigVerdict(FailureReason.BadSignature, null, ResponseCode.BadSig), Answer(request, mac, wrong));
    }

    [Theory]
    [InlineData("other.example", TsigAlgorithm.HmacSha256)]
    [InlineData("transfer.example", TsigAlgorithm.HmacSha512)]
    public void An_unknown_name_or_algorithm_is_BADKEY(string name, TsigAlgorithm algorithm)
    {
        var key = new TsigKey(Name(name), algorithm, s_key.Secret);
        var (query, mac) = SignedQuery(key);
        var (state, request) = Verify(query);
        Assert.Equal(TsigRequestState.Rejected, state);
        Assert.Equal(ResponseCode.BadKey, request!.Error);
        Assert.Null(request.Key);
        Assert.Equal(new TsigVerdict(FailureReason.BadKey, null, ResponseCode.BadKey), Answer(request, mac, key));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public void The_clocks_may_differ_by_300_seconds(int clientAhead, bool good)
    {
        var clientTime = s_now.AddSeconds(clientAhead);
        var (query, mac) = SignedQuery(at: clientTime);
        var (state, request) = Verify(query);
        Assert.Equal(good ? TsigRequestState.Verified : TsigRequestState.Rejected, state);
        var verdict = Answer(request!, mac, serverTime: s_now, clientTime: clientTime);
        Assert.Equal(good ? FailureReason.None : FailureReason.BadTime, verdict.Reason);
        Assert.Equal(TimeSpan.FromSeconds(-clientAhead), verdict.ClockSkew);
    }

    [Fact]
    public void A_BADTIME_answer_that_is_forged_is_a_bad_signature()
    {
        var (query, mac) = SignedQuery(at: s_now.AddHours(1));
        var (_, request) = Verify(query);
        Assert.Equal(ResponseCode.BadTime, request!.Error);
        Assert.Equal(FailureReason.BadSignature, Answer(request, [.. mac.Select(octet => (byte)~octet)], clientTime: s_now.AddHours(1)).Reason);
    }

    [Fact]
    public void An_answer_is_bound_to_its_request()
    {
        var (query, _) = SignedQuery();
        var (_, request) = Verify(query);
        var (_, otherMac) = SignedQuery(at: s_now.AddSeconds(1));
        Assert.Equal(FailureReason.BadSignature, Answer(request!, otherMac).Reason);
    }

    [Fact]
    public void A_truncated_MAC_is_taken_where_the_key_allows_it_and_BADTRUNC_elsewhere()
    {
        var half = new TsigKey(s_key.Name, s_key.Algorithm, s_key.Secret) { MacLength = 16 };
        var (query, mac) = SignedQuery(half);
        Assert.Equal(16, mac.Length);

        var (state, request) = Verify(query, new TsigKeyRing([half]));
        Assert.Equal(TsigRequestState.Verified, state);
        Assert.True(Answer(request!, mac, half).IsGood);

        (state, request) = Verify(query);
        Assert.Equal(TsigRequestState.Rejected, state);
        Assert.Equal(ResponseCode.BadTrunc, request!.Error);
        Assert.Equal(FailureReason.BadTruncation, Answer(request, mac, half).Reason);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(33)]
    public void A_MAC_of_a_length_that_nobody_may_send_is_FORMERR(int length)
    {
        var buffer = new byte[512];
        Query().CopyTo(buffer, 0);
        var tsig = new TsigRecord
        {
            KeyName = s_key.Name.Wire,
            AlgorithmName = s_key.Algorithm.WireName().Wire,
            TimeSigned = s_now.ToUnixTimeSeconds(),
            Fudge = 300,
            Mac = new byte[length],
            OriginalId = 7,
        };
        Assert.Equal(TsigRequestState.Malformed, Verify(buffer[..tsig.Write(buffer, Query().Length)]).State);
    }

    [Fact]
    public void MAC_lengths_below_half_cannot_be_configured() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TsigKey(s_key.Name, TsigAlgorithm.HmacMd5, s_key.Secret) { MacLength = 9 });

    [Fact]
    public void A_TSIG_record_that_is_not_the_last_is_malformed()
    {
        var (query, _) = SignedQuery();
        query[MessageHeader.AdditionalCountOffset + 1]++;
        byte[] longer = [.. query, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
        Assert.Equal(TsigRequestState.Malformed, Verify(longer).State);
    }

    [Fact]
    public void Two_TSIG_records_are_malformed()
    {
        var (query, _) = SignedQuery();
        using var again = TsigSigner.ForRequest(s_key);
        Assert.Equal(TsigRequestState.Malformed, Verify(Sign(again, query)).State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(98)]
    [InlineData(99)]
    public void A_chain_may_have_99_unsigned_messages_between_signed_ones(int unsigned)
    {
        using var chain = new Chain();
        Assert.True(chain.Signed().IsGood);
        for (var i = 0; i < unsigned; i++)
        {
            Assert.True(chain.Unsigned().IsGood);
            Assert.False(chain.Verifier.IsSettled);
        }

        Assert.True(chain.Signed().IsGood);
        Assert.True(chain.Verifier.IsSettled);
        Assert.True(chain.Signed().IsGood);
    }

    [Fact]
    public void The_hundredth_unsigned_message_in_a_row_is_one_too_many()
    {
        using var chain = new Chain();
        Assert.True(chain.Signed().IsGood);
        for (var i = 0; i < 99; i++)
        {
            Assert.True(chain.Unsigned().IsGood);
        }

        Assert.Equal(FailureReason.NotSigned, chain.Unsigned().Reason);
    }

    [Fact]
    public void The_first_message_of_a_chain_must_be_signed()
    {
        using var chain = new Chain();
        Assert.False(chain.Verifier.IsSettled);
        Assert.Equal(FailureReason.NotSigned, chain.Unsigned().Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_change_in_any_message_of_a_chain_shows_at_the_next_signature(int changed)
    {
        using var chain = new Chain();
        var verdicts = new[]
        {
            chain.Signed(changed == 0), chain.Unsigned(changed == 1), chain.Unsigned(changed == 2), chain.Signed(changed == 3),
        };
        Assert.Equal(FailureReason.BadSignature, verdicts[changed == 0 ? 0 : 3].Reason);
    }

    [Fact]
    public void A_message_left_out_of_a_chain_shows()
    {
        using var chain = new Chain();
        Assert.True(chain.Signed().IsGood);
        chain.Lose();
        Assert.Equal(FailureReason.BadSignature, chain.Signed().Reason);
    }

    [Fact]
    public void Changed_messages_never_throw()
    {
        var (query, mac) = SignedQuery();
        Gen.Select(Gen.Int[0, query.Length - 1], Gen.Byte, Gen.Int[0, query.Length]).Sample(change =>
        {
            var message = query.ToArray();
            message[change.Item1] = change.Item2;
            Verify(message[..change.Item3]);
            using var verifier = new TsigVerifier(s_key, mac);
            verifier.Verify(message, s_now);
        }, iter: 5_000);
    }

    /// <summary>Both ends of an answer of many messages.</summary>
    private sealed class Chain : IDisposable
    {
        private readonly TsigSigner _signer;
        private int _messages;

        public Chain()
        {
            var (_, mac) = SignedQuery();
            _signer = TsigSigner.ForResponse(s_key, mac);
            Verifier = new TsigVerifier(s_key, mac);
        }

        public TsigVerifier Verifier { get; }

        public TsigVerdict Signed(bool change = false)
        {
            var message = Sign(_signer, Response(_messages++));
            return Verifier.Verify(Change(message, change), s_now);
        }

        public TsigVerdict Unsigned(bool change = false)
        {
            var message = Response(_messages++);
            _signer.Skip(message);
            return Verifier.Verify(Change(message, change), s_now);
        }

        public void Lose() => _signer.Skip(Response(_messages++));

        public void Dispose()
        {
            _signer.Dispose();
            Verifier.Dispose();
        }

        /// <summary>Another TTL: the message stays readable.</summary>
        private static byte[] Change(byte[] message, bool change)
        {
            if (change)
            {
                message[MessageHeader.Length + 13 + 4]++;
            }

            return message;
        }
    }
}
