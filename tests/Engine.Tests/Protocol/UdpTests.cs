using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Transports;
using ManagedDns.TestKit;
using static ManagedDns.Engine.Tests.Protocol.Conversation;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>The UDP transports, batched and plain: they carry the same answers, all of them, to where the questions came from.</summary>
public sealed class UdpTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    private static readonly Packet[] s_packets =
    [
        Packet.Query("www.example."), Packet.Query("none.example.").Opt(), Packet.Query("a.sub.example."), Packet.Query("x.wild.example.", RecordType.TXT).Opt(),
        Packet.Query("alias.example."), Packet.Query(ProtocolServer.NameOf800, RecordType.TXT), Packet.Query(ProtocolServer.NameOf4000, RecordType.TXT).Opt(),
        Packet.Query("elsewhere."), Packet.Query("www.example.").Opt().Opt(), Packet.OfOpcode(7), Packet.Query("www.example.", flags: 0x8000), new Packet(),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_processor_answers_arrives_octet_for_octet(bool portable)
    {
        using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), server.Processor, threads: 1, portable);
        foreach (var packet in s_packets)
        {
            var reply = await AskAsync(transport.EndPoint, packet);

            Assert.Equal(server.Process(packet.ToArray(), overUdp: true), reply?.Octets ?? []);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_queries_than_a_batch_holds_are_all_answered(bool portable)
    {
        const int Queries = 500;
        using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), server.Processor, threads: 2, portable);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(120));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
        await socket.ConnectAsync(transport.EndPoint, patience.Token);
        for (var i = 0; i < Queries; i++)
        {
            await socket.SendAsync(new Packet { Id = (ushort)i }.Question($"n{i}.wild.example.").ToArray(), patience.Token);
        }

        var buffer = new byte[4096];
        var ids = new HashSet<ushort>();
        while (ids.Count < Queries)
        {
            var reply = new Reply(buffer[..await socket.ReceiveAsync(buffer, patience.Token)]);
            Assert.Equal(DomainName.Parse($"n{reply.Header.Id}.wild.example."), reply.Questions[0].Name);
            Assert.Equal(DomainName.Parse($"n{reply.Header.Id}.wild.example."), Assert.Single(reply.Answers).Owner);
            Assert.True(ids.Add(reply.Header.Id));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transport_that_was_stopped_leaves_its_port_and_can_be_started_again(bool portable)
    {
        var endPoint = LoopbackPort.Free();
        for (var round = 0; round < 3; round++)
        {
            await LoopbackPort.FreedAsync(endPoint, TestContext.Current.CancellationToken);
            using var transport = UdpTransport.Start(endPoint, server.Processor, threads: 2, portable);
            endPoint = transport.EndPoint;

            // Two threads may answer out of order, so that the sentinel's answer overtakes the query's.
            Reply? reply = null;
            for (var i = 0; i < 10 && reply is null; i++)
            {
                reply = await AskAsync(endPoint, Packet.Query("www.example."));
            }

            Assert.NotNull(reply);
            Assert.Single(reply.Answers);
        }
    }
}
