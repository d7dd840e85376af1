using System.Net;
using CsCheck;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.TestKit;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Transfer;

public class InboundTransferTests
{
    private const ushort Id = 4711;
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly DomainName s_zone = Name("example.com");
    private static readonly Remote s_remote = new(new IPEndPoint(IPAddress.Loopback, 53));
    private static readonly ResourceRecord s_ns = NS("example.com", "ns1.example.com");

    private readonly RecordingSink _sink = new();

    /// <summary>Feeds the records in messages of <paramref name="perMessage"/> until the transfer is over.</summary>
    private (TransferStep Step, InboundTransfer Transfer) Run(uint? have, int perMessage, params ResourceRecord[] records)
    {
        var transfer = new InboundTransfer(s_zone, have, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        var step = TransferStep.More;
        var first = true;
        foreach (var chunk in records.Chunk(perMessage))
        {
            step = transfer.Next(Message(have, first, chunk), s_now);
            first = false;
            if (step != TransferStep.More)
            {
                break;
            }
        }

        return (step, transfer);
    }

    private static byte[] Message(uint? have, bool withQuestion, params ResourceRecord[] records)
    {
        var packer = new TransferPacker();
        var flags = (ushort)(MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag);
        if (withQuestion)
        {
            packer.Begin(Id, flags, s_zone.Wire, have is null ? RecordType.AXFR : RecordType.IXFR);
        }
        else
        {
            packer.Begin(Id, flags);
        }

        foreach (var record in records)
        {
            Assert.True(packer.TryAdd(record.AsWire()));
        }

        return packer.Message.ToArray();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public void An_AXFR_comes_whole_wherever_messages_end(int perMessage)
    {
        var (step, transfer) = Run(null, perMessage, Soa("example.com", 5), s_ns, A("www.example.com"), Soa("example.com", 5));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal(["zone 5", "+ example.com. SOA 5", "+ example.com. NS", "+ www.example.com. A"], _sink.Calls);
        Assert.Equal((TransferOutcome.WholeZone, (uint?)null, 5u, 3L), (transfer.Summary.Outcome, transfer.Summary.FromSerial, transfer.Summary.Serial, transfer.Summary.Records));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public void An_IXFR_of_two_sequences_comes_whole_wherever_messages_end(int perMessage)
    {
        var (step, transfer) = Run(
            3, perMessage,
            Soa("example.com", 5),
            Soa("example.com", 3), A("a.example.com"), Soa("example.com", 4), A("b.example.com"), A("c.example.com"),
            Soa("example.com", 4), Soa("example.com", 5), A("d.example.com"),
            Soa("example.com", 5));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal(
            [
                "from 3", "- example.com. SOA 3", "- a.example.com. A", "+ example.com. SOA 4", "+ b.example.com. A", "+ c.example.com. A",
                "from 4", "- example.com. SOA 4", "+ example.com. SOA 5", "+ d.example.com. A",
            ],
            _sink.Calls);
        Assert.Equal((TransferOutcome.Differences, (uint?)3, 5u), (transfer.Summary.Outcome, transfer.Summary.FromSerial, transfer.Summary.Serial));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void A_condensed_IXFR_is_one_sequence(int perMessage)
    {
        var (step, _) = Run(1, perMessage, Soa("example.com", 9), Soa("example.com", 1), A("a.example.com"), Soa("example.com", 9), A("b.example.com"), Soa("example.com", 9));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal(["from 1", "- example.com. SOA 1", "- a.example.com. A", "+ example.com. SOA 9", "+ b.example.com. A"], _sink.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void A_whole_zone_in_answer_to_IXFR_is_taken_as_one(int perMessage)
    {
        var (step, transfer) = Run(3, perMessage, Soa("example.com", 5), s_ns, Soa("example.com", 5));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal(["zone 5", "+ example.com. SOA 5", "+ example.com. NS"], _sink.Calls);
        Assert.Equal(TransferOutcome.WholeZone, transfer.Summary.Outcome);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public void A_single_SOA_that_is_not_newer_means_up_to_date(uint theirs)
    {
        var (step, transfer) = Run(5, 1, Soa("example.com", theirs));
        Assert.Equal(TransferStep.Done, step);
        Assert.Empty(_sink.Calls);
        Assert.Equal((TransferOutcome.UpToDate, theirs), (transfer.Summary.Outcome, transfer.Summary.Serial));
    }

    [Fact]
    public void The_SOA_twice_in_answer_to_IXFR_means_up_to_date_too()
    {
        var (step, transfer) = Run(5, 2, Soa("example.com", 5), Soa("example.com", 5));
        Assert.Equal((TransferStep.Done, TransferOutcome.UpToDate), (step, transfer.Summary.Outcome));
    }

    [Fact]
    public void A_single_SOA_that_is_newer_is_the_beginning_of_something()
    {
        Assert.Equal(TransferStep.More, Run(5, 1, Soa("example.com", 6)).Step);
    }

    [Fact]
    public void Serials_wrap_around()
    {
        var (step, _) = Run(0xFFFFFFFF, 1, Soa("example.com", 1), Soa("example.com", 0xFFFFFFFF), Soa("example.com", 1), Soa("example.com", 1));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal(["from 4294967295", "- example.com. SOA 4294967295", "+ example.com. SOA 1"], _sink.Calls);
    }

    [Fact]
    public void Case_does_not_matter_and_is_kept()
    {
        var (step, _) = Run(null, 10, Soa("Example.COM", 5), A("WWW.eXample.com"), Soa("example.com", 5));
        Assert.Equal(TransferStep.Done, step);
        Assert.Equal("+ WWW.eXample.com. A", _sink.Calls[^1]);
    }

    private static readonly ResourceRecord s_soa5 = Soa("example.com", 5);

    public static TheoryData<string, uint?, ResourceRecord[], FailureReason> Bad => new()
    {
        { "no opening SOA", null, [s_ns, s_soa5], FailureReason.MissingSoa },
        { "another serial at the end", null, [s_soa5, s_ns, Soa("example.com", 6)], FailureReason.MissingSoa },
        { "a SOA below the apex", null, [s_soa5, Soa("sub.example.com", 5)], FailureReason.OutOfZone },
        { "a record outside the zone", null, [s_soa5, A("www.example.net")], FailureReason.OutOfZone },
        { "a name that only ends like the zone", null, [s_soa5, A("badexample.com")], FailureReason.OutOfZone },
        { "another class", null, [s_soa5, A("www.example.com") with { Class = RecordClass.CH }], FailureReason.Mismatch },
        { "records after the end", null, [s_soa5, s_soa5, s_ns], FailureReason.Malformed },
        { "a SOA after the end", null, [s_soa5, s_soa5, s_soa5], FailureReason.Malformed },
        { "a SOA that is none", null, [Record("example.com", RecordType.SOA, [])], FailureReason.Malformed },
        { "differences since another serial", 3, [s_soa5, Soa("example.com", 2)], FailureReason.MissingSoa },
        { "a sequence that does not join the one before", 3,
            [s_soa5, Soa("example.com", 3), Soa("example.com", 4), Soa("example.com", 3)], FailureReason.MissingSoa },
        { "an outside record deleted", 3, [s_soa5, Soa("example.com", 3), A("www.example.net")], FailureReason.OutOfZone },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_transfer_that_breaks_the_rules_fails_with_its_reason(string what, uint? have, ResourceRecord[] records, FailureReason reason)
    {
        foreach (var perMessage in new[] { 1, 2, 100 })
        {
            var (step, transfer) = Run(have, perMessage, records);
            // In messages of their own, records after the end are never asked for.
            if (perMessage <= 2 && step == TransferStep.Done && reason == FailureReason.Malformed)
            {
                continue;
            }

            Assert.True(step == TransferStep.Failed, what);
            Assert.Equal(reason, transfer.Failure!.Reason);
            Assert.EndsWith(".", transfer.Failure.Message, StringComparison.Ordinal);
            Assert.EndsWith(".", transfer.Failure.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_message_without_records_at_the_start_is_a_missing_SOA()
    {
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        Assert.Equal(TransferStep.Failed, transfer.Next(Message(null, true), s_now));
        Assert.Equal(FailureReason.MissingSoa, transfer.Failure!.Reason);
    }

    [Fact]
    public void A_primary_that_sends_empty_messages_without_end_is_given_up()
    {
        var (_, transfer) = Run(null, 2, Soa("example.com", 5), s_ns);
        var step = TransferStep.More;
        for (var i = 0; i < 100 && step == TransferStep.More; i++)
        {
            step = transfer.Next(Message(null, withQuestion: false), s_now);
        }

        Assert.Equal((TransferStep.Failed, FailureReason.Malformed), (step, transfer.Failure?.Reason));
    }

    [Fact]
    public void A_later_message_may_be_empty_and_may_repeat_the_question()
    {
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        Assert.Equal(TransferStep.More, transfer.Next(Message(null, true, s_soa5), s_now));
        Assert.Equal(TransferStep.More, transfer.Next(Message(null, false), s_now));
        Assert.Equal(TransferStep.Done, transfer.Next(Message(null, true, s_soa5), s_now));
    }

    [Theory]
    [InlineData(0, 0xFF, FailureReason.Mismatch)]
    [InlineData(2, 0x80, FailureReason.Mismatch)]
    [InlineData(2, 0x02, FailureReason.Truncated)]
    [InlineData(3, 0x05, FailureReason.Refused)]
    [InlineData(3, 0x02, FailureReason.ServerFailure)]
    [InlineData(3, 0x03, FailureReason.NameError)]
    [InlineData(3, 0x09, FailureReason.NotAuthoritative)]
    [InlineData(3, 0x04, FailureReason.NotImplemented)]
    [InlineData(3, 0x01, FailureReason.FormatError)]
    [InlineData(3, 0x0f, FailureReason.OtherResponseCode)]
    [InlineData(13, 0x01, FailureReason.Mismatch)]
    [InlineData(26, 0x01, FailureReason.Mismatch)]
    public void A_first_message_with_a_wrong_header_or_question_fails(int octet, byte change, FailureReason reason)
    {
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        var message = Message(null, true, s_soa5, s_soa5);
        message[octet] ^= change;
        Assert.Equal(TransferStep.Failed, transfer.Next(message, s_now));
        Assert.Equal(reason, transfer.Failure!.Reason);
    }

    [Fact]
    public void An_AXFR_without_AA_is_taken_since_Knot_sends_it_so()
    {
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        var message = Message(null, true, s_soa5, s_soa5);
        message[2] ^= 0x04;
        Assert.Equal(TransferStep.Done, transfer.Next(message, s_now));
    }

    [Fact]
    public void The_first_message_must_repeat_the_question()
    {
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote);
        transfer.WriteRequest(new byte[1024], Id, s_now);
        Assert.Equal(TransferStep.Failed, transfer.Next(Message(null, false, s_soa5, s_soa5), s_now));
        Assert.Equal(FailureReason.Mismatch, transfer.Failure!.Reason);
    }

    [Theory]
    [InlineData(null, RecordType.AXFR, true)]
    [InlineData(77u, RecordType.IXFR, true)]
    [InlineData(null, RecordType.AXFR, false)]
    [InlineData(77u, RecordType.IXFR, false)]
    public void The_request_asks_as_the_RFCs_say(uint? have, RecordType type, bool edns)
    {
        using var transfer = new InboundTransfer(s_zone, have, _sink, s_remote);
        var buffer = new byte[1024];
        var message = buffer[..transfer.WriteRequest(buffer, Id, s_now, edns)];
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        Assert.Equal(new MessageHeader(Id, 0, 1, 0, (ushort)(have is null ? 0 : 1), (ushort)(edns ? 1 : 0)), reader.Header);
        Assert.True(reader.TryReadQuestion(out var question));
        Assert.Equal(type, question.Type);
        if (have is not null)
        {
            Assert.True(reader.TryReadRecord(out var soa));
            Assert.True(Dns.Soa.TryRead(soa.Rdata, out var numbers));
            Assert.Equal(have, numbers.Serial);
        }

        Assert.Equal(edns, reader.TryReadRecord(out var opt));
        if (edns)
        {
            // RFC 7314 §3.1: asked with an empty option.
            Assert.Equal(RecordType.OPT, opt.Type);
            Assert.Equal([0, (byte)EdnsOptionCode.Expire, 0, 0], opt.Rdata.ToArray());
        }
    }

    [Fact]
    public void Any_answer_ends_without_an_exception()
    {
        var soa = Gen.Select(Gen.UInt[3, 5], serial => Soa("example.com", serial));
        var record = Gen.OneOf(soa, Gen.Const(s_ns), Gen.Const(A("www.example.com")), Gen.Const(A("example.net")));
        Gen.Select(record.Array[0, 12], Gen.Int[1, 4], Gen.Bool, Gen.Int[0, 400], Gen.Byte).Sample(
            (records, perMessage, differences, at, change) =>
            {
                uint? have = differences ? 3 : null;
                using var transfer = new InboundTransfer(s_zone, have, new RecordingSink(), s_remote);
                transfer.WriteRequest(new byte[1024], Id, s_now);
                var step = TransferStep.More;
                foreach (var chunk in records.Chunk(perMessage))
                {
                    var message = Message(have, true, chunk);
                    if (at < message.Length)
                    {
                        message[at] ^= change;
                    }

                    step = transfer.Next(message, s_now);
                    if (step != TransferStep.More)
                    {
                        break;
                    }
                }

                return step == TransferStep.Failed == transfer.Failure is not null;
            },
            iter: 5_000);
    }

    [Fact]
    public void After_the_end_nothing_more_is_taken()
    {
        var (_, transfer) = Run(null, 10, s_soa5, s_soa5);
        Assert.Throws<InvalidOperationException>(() => transfer.Next(Message(null, true, s_soa5), s_now));
    }

    [Fact]
    public void A_closing_message_that_is_not_signed_fails_although_the_zone_is_whole()
    {
        var key = new TsigKey(Name("k"), TsigAlgorithm.HmacSha512, new byte[] { 1, 2, 3 });
        using var transfer = new InboundTransfer(s_zone, null, _sink, s_remote with { Key = key });
        var request = new byte[1024];
        var length = transfer.WriteRequest(request, Id, s_now);
        Assert.Equal(TsigRequestState.Verified, TsigRequest.Verify(request.AsSpan(0, length), new TsigKeyRing([key]), s_now, out var verified));
        using var signer = verified!.CreateSigner();
        var packer = new TransferPacker(key);
        packer.Begin(Id, MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag, s_zone.Wire, RecordType.AXFR);
        Assert.True(packer.TryAdd(s_soa5.AsWire()));
        packer.Sign(signer, s_now);
        Assert.Equal(TransferStep.More, transfer.Next(packer.Message.Span, s_now));
        Assert.Equal(TransferStep.Failed, transfer.Next(Message(null, false, s_soa5), s_now));
        Assert.Equal(FailureReason.NotSigned, transfer.Failure!.Reason);
    }
}
