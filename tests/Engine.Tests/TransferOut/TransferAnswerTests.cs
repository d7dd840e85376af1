using System.Buffers.Binary;
using System.Net;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.TransferOut;

public class TransferAnswerTests
{
    private static readonly IPEndPoint s_server = new(IPAddress.Loopback, 53);
    private static readonly TsigKey s_key = new(DomainName.Parse("key.example"), TsigAlgorithm.HmacSha256, new byte[32]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_AXFR_arrives_record_for_record_whole_and_signed_where_it_was_asked_for(bool signed)
    {
        using var zone = TestZone.Build(TestZone.Text(7, Hosts(5000)));
        var sink = new BuildingSink();
        var summary = Transfer(zone, null, signed ? s_key : null, sink);
        using var received = sink.Builder!.Build();
        Assert.Equal(TransferOutcome.WholeZone, summary.Outcome);
        Assert.True(summary.Messages > 3);
        Assert.True(ZoneComparison.AreSame(zone, received));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void An_IXFR_of_a_client_that_is_up_to_date_gets_the_SOA_alone(uint have)
    {
        using var zone = TestZone.Build(TestZone.Text(7));
        var summary = Transfer(zone, have, s_key, new BuildingSink());
        Assert.Equal(TransferOutcome.UpToDate, summary.Outcome);
        Assert.Equal(1, summary.Messages);
    }

    [Fact]
    public void An_IXFR_of_an_older_serial_gets_the_whole_zone()
    {
        using var zone = TestZone.Build(TestZone.Text(7));
        var sink = new BuildingSink();
        Assert.Equal(TransferOutcome.WholeZone, Transfer(zone, 6, s_key, sink).Outcome);
        using var received = sink.Builder!.Build();
        Assert.True(ZoneComparison.AreSame(zone, received));
    }

    private static TransferSummary Transfer(ZoneContents zone, uint? have, TsigKey? key, ITransferSink sink)
    {
        var now = DateTimeOffset.UtcNow;
        using var inbound = new InboundTransfer(zone.Apex, have, sink, new Remote(s_server, key));
        var query = new byte[1024];
        var length = inbound.WriteRequest(query, 4711, now);
        TsigRequest.Verify(query.AsSpan(0, length), new TsigKeyRing(key is null ? [] : [key]), now, out var tsig);
        var request = new TransferRequest(
            query.AsMemory(0, length), 4711, zone.Apex, have is null ? RecordType.AXFR : RecordType.IXFR, have, s_server, tsig?.Key, tsig?.Mac ?? default);
        using var answer = new TransferAnswer(zone, Journal.Empty, request, TimeProvider.System);
        while (!answer.IsDone)
        {
            var frame = answer.Next().Span;
            Assert.Equal(frame.Length - 2, BinaryPrimitives.ReadUInt16BigEndian(frame));
            Assert.NotEqual(TransferStep.Failed, inbound.Next(frame[2..], now));
        }

        Assert.Null(inbound.Failure);
        Assert.Equal(answer.Messages, inbound.Summary.Messages);
        return inbound.Summary;
    }

    private static string Hosts(int count)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append(null, $"Host{i} A 10.0.{i / 256}.{i % 256}\n");
            if (i % 7 == 0)
            {
                text.Append(null, $"Host{i} MX 10 host{i}\nHost{i} A 10.0.0.1\nHost{i} A 10.255.{i / 256}.2\n");
            }
        }

        return text.ToString();
    }

    private sealed class BuildingSink : ITransferSink
    {
        public ZoneBuilder? Builder { get; private set; }

        public void BeginZone(uint serial) => Builder = new(TestZone.Name);

        public void BeginDifference(uint fromSerial) => Assert.Fail("No differences are kept.");

        public void Add(in WireRecord record) => Builder!.Add(record);

        public void Delete(in WireRecord record) => Assert.Fail("No differences are kept.");
    }
}
