using System.Net;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.TestKit;
using Microsoft.Extensions.Time.Testing;
using static ManagedDns.Dns.Tests.Client.DnsClientTests;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Client;

public class TransferTests
{
    private readonly RecordingSink _sink = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<TransferSummary> TransferAsync(ScriptedServer server, TsigKey? key = null, uint? have = null, TransferLimits? limits = null, TimeProvider? time = null, IProgress<TransferProgress>? progress = null) =>
        new DnsClient(time ?? TimeProvider.System).TransferAsync(new Remote(server.EndPoint, key), Zone, have, _sink, limits, progress, Cancellation);

    private async Task<Failure> FailAsync(ScriptedServer server, TsigKey? key = null, uint? have = null, TransferLimits? limits = null) =>
        Check((await Assert.ThrowsAsync<DnsFailureException>(() => TransferAsync(server, key, have, limits))).Failure, server);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(100, 0)]
    [InlineData(1, 20)]
    public async Task A_signed_AXFR_of_many_messages_arrives_whole(int perMessage, int unsignedBetween)
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [Key], RequiresTsig = true, RecordsPerMessage = perMessage, UnsignedBetween = unsignedBetween });
        var summary = await TransferAsync(server, Key);
        Assert.Equal(Script.Records, _sink.Added);
        Assert.Equal((TransferOutcome.WholeZone, 5u, 22L), (summary.Outcome, summary.Serial, summary.Records));
        Assert.Equal((23 + perMessage - 1) / perMessage, summary.Messages);
        Assert.InRange(summary.ClockSkew!.Value.TotalSeconds, -10, 10);
        Assert.True(summary.Duration > TimeSpan.Zero);
    }

    [Fact]
    public async Task An_unsigned_IXFR_brings_differences()
    {
        await using var server = ScriptedServer.Start(Script with
        {
            Differences = [Soa("example.com", 5), Soa("example.com", 4), A("old.example.com"), Soa("example.com", 5), A("new.example.com"), Soa("example.com", 5)],
            RecordsPerMessage = 2,
        });
        var summary = await TransferAsync(server, have: 4);
        Assert.Equal(["from 4", "- example.com. SOA 4", "- old.example.com. A", "+ example.com. SOA 5", "+ new.example.com. A"], _sink.Calls);
        Assert.Equal((TransferOutcome.Differences, (uint?)4, 5u), (summary.Outcome, summary.FromSerial, summary.Serial));
    }

    [Fact]
    public async Task An_IXFR_that_is_up_to_date_ends_with_the_first_message()
    {
        await using var server = ScriptedServer.Start(Script with { Differences = [Soa("example.com", 5)] });
        Assert.Equal(TransferOutcome.UpToDate, (await TransferAsync(server, have: 5)).Outcome);
        Assert.Empty(_sink.Calls);
    }

    [Fact]
    public async Task A_signed_AXFR_whose_third_message_is_altered_is_BadSignature()
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [Key], Misbehaviour = Misbehaviour.AlteredMessage, FaultyMessage = 2 });
        Assert.Equal(FailureReason.BadSignature, (await FailAsync(server, Key)).Reason);
    }

    [Theory]
    [InlineData(Misbehaviour.AlteredMac, FailureReason.BadSignature)]
    [InlineData(Misbehaviour.AlteredMessage, FailureReason.BadSignature)]
    [InlineData(Misbehaviour.NeverSignedAgain, FailureReason.NotSigned)]
    [InlineData(Misbehaviour.IgnoresTsig, FailureReason.NotSigned)]
    public async Task A_signed_AXFR_that_is_not_genuine_fails_whichever_message_is_wrong(Misbehaviour misbehaviour, FailureReason reason)
    {
        foreach (var message in new[] { 0, 1, 4 })
        {
            await using var server = ScriptedServer.Start(Script with { Keys = [Key], Misbehaviour = misbehaviour, FaultyMessage = message });
            Assert.Equal(reason, (await FailAsync(server, Key)).Reason);
        }
    }

    [Fact]
    public async Task A_message_lost_from_a_signed_AXFR_shows()
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [Key], Misbehaviour = Misbehaviour.LostMessage, FaultyMessage = 2 });
        Assert.Equal(FailureReason.BadSignature, (await FailAsync(server, Key)).Reason);
    }

    [Fact]
    public async Task A_message_left_unsigned_between_signed_ones_is_allowed()
    {
        await using var server = ScriptedServer.Start(Script with { Keys = [Key], Misbehaviour = Misbehaviour.UnsignedMessage, FaultyMessage = 2 });
        Assert.Equal(5u, (await TransferAsync(server, Key)).Serial);
    }

    [Theory]
    [InlineData(Misbehaviour.WrongId, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.WrongQuestion, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.NoQuestion, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.CutShort, FailureReason.Malformed)]
    [InlineData(Misbehaviour.Garbage, FailureReason.Malformed)]
    [InlineData(Misbehaviour.NoOpeningSoa, FailureReason.MissingSoa)]
    [InlineData(Misbehaviour.EmptyMessage, FailureReason.MissingSoa)]
    [InlineData(Misbehaviour.OtherClosingSoa, FailureReason.MissingSoa)]
    [InlineData(Misbehaviour.OutOfZoneRecord, FailureReason.OutOfZone)]
    [InlineData(Misbehaviour.WrongClass, FailureReason.Mismatch)]
    [InlineData(Misbehaviour.RecordsAfterEnd, FailureReason.Malformed)]
    [InlineData(Misbehaviour.RcodeInMidStream, FailureReason.ServerFailure)]
    [InlineData(Misbehaviour.TruncatedFlag, FailureReason.Truncated)]
    [InlineData(Misbehaviour.ClosesAtOnce, FailureReason.ConnectionClosed)]
    [InlineData(Misbehaviour.NoClosingSoa, FailureReason.ConnectionClosed)]
    public async Task An_unsigned_AXFR_that_goes_wrong_fails_with_its_reason(Misbehaviour misbehaviour, FailureReason reason)
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = misbehaviour });
        Assert.Equal(reason, (await FailAsync(server)).Reason);
    }

    [Theory]
    [InlineData(Misbehaviour.ClosesInMidStream)]
    [InlineData(Misbehaviour.ClosesInsideMessage)]
    [InlineData(Misbehaviour.ResetInMidStream)]
    public async Task A_connection_that_breaks_in_mid_stream_says_how_far_it_came(Misbehaviour misbehaviour)
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = misbehaviour, FaultyMessage = 2 });
        var failure = await FailAsync(server);
        Assert.Equal(FailureReason.ConnectionClosed, failure.Reason);
        if (misbehaviour != Misbehaviour.ResetInMidStream)
        {
            // A reset may overtake what was sent before it.
            Assert.Contains("after 2 messages with 10 records", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Silence_in_mid_stream_is_a_timeout()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.SilenceInMidStream, FaultyMessage = 1 });
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var first = new TaskCompletionSource();
        var transfer = TransferAsync(server, time: time, progress: new Immediate(_ => first.TrySetResult()));
        await first.Task.WaitAsync(Eventually.Bound, Cancellation);

        // The wait for the second message may not have begun when the clock is moved.
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TransferLimits.Default.Idle);
                return transfer.IsCompleted;
            },
            () => "It goes on.", Cancellation);
        var failure = Check((await Assert.ThrowsAsync<DnsFailureException>(() => transfer)).Failure, server);
        Assert.Equal(FailureReason.Timeout, failure.Reason);
        Assert.Contains("after 1 message with 5 records", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transfer_beyond_the_limit_of_records_or_octets_is_too_large()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.EndlessRecords });
        Assert.Equal(FailureReason.TooLarge, (await FailAsync(server, limits: new TransferLimits { MaxRecords = 1_000 })).Reason);
        Assert.Equal(FailureReason.TooLarge, (await FailAsync(server, limits: new TransferLimits { MaxBytes = 10_000 })).Reason);
    }

    [Fact]
    public async Task A_zone_that_comes_whole_in_one_message_is_held_against_the_limits_too()
    {
        await using var server = ScriptedServer.Start(Script with { RecordsPerMessage = 100 });
        Assert.Equal(FailureReason.TooLarge, (await FailAsync(server, limits: new TransferLimits { MaxRecords = 21 })).Reason);
        Assert.Equal(22, (await TransferAsync(server, limits: new TransferLimits { MaxRecords = 22 })).Records);
    }

    [Fact]
    public async Task A_transfer_below_the_minimum_rate_is_too_slow()
    {
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.EndlessRecords });
        var failure = await FailAsync(server, limits: new TransferLimits { RateGrace = TimeSpan.Zero, MinimumRate = long.MaxValue / 1_000_000 });
        Assert.Equal(FailureReason.TooSlow, failure.Reason);
    }

    [Fact]
    public async Task A_slow_transfer_is_no_fault_while_it_progresses()
    {
        // The clock stands still for the limits: nothing may depend on the time in all.
        await using var server = ScriptedServer.Start(Script with { RecordsPerMessage = 1 });
        Assert.Equal(5u, (await TransferAsync(server, time: new FakeTimeProvider(DateTimeOffset.UtcNow))).Serial);
    }

    [Fact]
    public async Task A_refusal_tells_the_operator_whom_to_permit()
    {
        await using var server = ScriptedServer.Start(Script with { Code = ResponseCode.Refused });
        var failure = await FailAsync(server);
        Assert.Equal((FailureReason.Refused, (ResponseCode?)ResponseCode.Refused), (failure.Reason, failure.ResponseCode));
        Assert.Contains("127.0.0.1", failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("allow-transfer", failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("provide-xfr", failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("example.com", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TSIG_errors_are_told_apart()
    {
        var wrong = new TsigKey(Key.Name, Key.Algorithm, new byte[] { 42 });
        await using var server = ScriptedServer.Start(Script with { Keys = [Key] });
        Assert.Equal(FailureReason.BadSignature, (await FailAsync(server, wrong)).Reason);
        Assert.Equal(FailureReason.BadKey, (await FailAsync(server, new TsigKey(Name("unknown"), Key.Algorithm, Key.Secret))).Reason);
        Assert.Equal(FailureReason.BadTruncation, (await FailAsync(server, new TsigKey(Key.Name, Key.Algorithm, Key.Secret) { MacLength = 16 })).Reason);
        server.Script = server.Script with { ClockOffset = TimeSpan.FromMinutes(-10) };
        var failure = await FailAsync(server, Key);
        Assert.Equal(FailureReason.BadTime, failure.Reason);
        Assert.InRange(failure.ClockSkew!.Value.TotalSeconds, -610, -590);
        Assert.Empty(_sink.Calls);
    }

    [Fact]
    public async Task A_closed_port_and_an_address_without_a_way_are_told_apart()
    {
        Assert.Equal(FailureReason.PortClosed, await ReasonAsync(LoopbackPort.Free()));

        // There are no TCP connections to everybody.
        Assert.Equal(FailureReason.Unreachable, await ReasonAsync(new(IPAddress.Broadcast, 53)));

        async Task<FailureReason> ReasonAsync(IPEndPoint server) => (await Assert.ThrowsAsync<DnsFailureException>(
            () => new DnsClient(TimeProvider.System).TransferAsync(new(server), Zone, null, _sink, null, null, Cancellation))).Failure.Reason;
    }

    [Fact]
    public async Task Progress_is_told_and_ends_with_the_whole()
    {
        var last = default(TransferProgress);
        await using var server = ScriptedServer.Start(Script with { RecordsPerMessage = 1 });
        var summary = await TransferAsync(server, progress: new Immediate(progress => last = progress));
        Assert.Equal(new TransferProgress(summary.Records, summary.Bytes, summary.Messages), last);
    }

    [Fact]
    public async Task Exchanges_with_one_server_share_a_connection_where_there_is_a_pool()
    {
        using var pool = new ConnectionPool(TimeProvider.System);
        var client = new DnsClient(TimeProvider.System, pool);
        await using var server = ScriptedServer.Start(Script with { Keys = [Key] });
        for (var i = 0; i < 3; i++)
        {
            await client.TransferAsync(new Remote(server.EndPoint, Key), Zone, null, new RecordingSink(), cancellation: Cancellation);
        }

        await client.QuerySoaAsync(new Remote(server.EndPoint), Zone, new() { Transport = DnsTransport.Tcp }, Cancellation);
        server.Script = server.Script with { Code = ResponseCode.Refused };
        await Assert.ThrowsAsync<DnsFailureException>(() => client.TransferAsync(new Remote(server.EndPoint), Zone, null, _sink, cancellation: Cancellation));
        await client.QueryAsync(new Remote(server.EndPoint), Zone, RecordType.SOA, new() { Transport = DnsTransport.Tcp }, Cancellation);
        Assert.Equal(6, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.FromPort).Distinct());
    }

    [Theory]
    [InlineData(Misbehaviour.ClosesAfterAnswer)]
    [InlineData(Misbehaviour.AnswersOncePerConnection)]
    public async Task A_server_that_serves_one_exchange_a_connection_is_asked_again_over_a_new_one(Misbehaviour misbehaviour)
    {
        using var pool = new ConnectionPool(TimeProvider.System);
        var client = new DnsClient(TimeProvider.System, pool);
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = misbehaviour });
        for (var i = 0; i < 3; i++)
        {
            var summary = await client.TransferAsync(
                new Remote(server.EndPoint), Zone, null, new RecordingSink(), new() { Idle = TimeSpan.FromSeconds(3) }, cancellation: Cancellation);
            Assert.Equal(5u, summary.Serial);
        }
    }

    [Fact]
    public async Task A_connection_on_which_a_transfer_went_wrong_is_not_used_again()
    {
        using var pool = new ConnectionPool(TimeProvider.System);
        var client = new DnsClient(TimeProvider.System, pool);
        await using var server = ScriptedServer.Start(Script with { Misbehaviour = Misbehaviour.OutOfZoneRecord });
        await Assert.ThrowsAsync<DnsFailureException>(() => client.TransferAsync(new Remote(server.EndPoint), Zone, null, _sink, cancellation: Cancellation));
        server.Script = Script;
        await client.TransferAsync(new Remote(server.EndPoint), Zone, null, new RecordingSink(), cancellation: Cancellation);
        Assert.Equal(2, server.Requests.Select(request => request.FromPort).Distinct().Count());
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var pool = new ConnectionPool(time);
        var client = new DnsClient(time, pool);
        await using var server = ScriptedServer.Start(Script);
        for (var i = 0; i < 2; i++)
        {
            await client.TransferAsync(new Remote(server.EndPoint), Zone, null, new RecordingSink(), cancellation: Cancellation);
            time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(2, server.Requests.Select(request => request.FromPort).Distinct().Count());
    }

    private sealed class Immediate(Action<TransferProgress> report) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => report(value);
    }
}
