using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Answering;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Transports;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Transports;

/// <summary>Real sockets on loopback.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly ZoneTable _zones = new();
    private readonly List<IAsyncDisposable> _running = [];
    private QueryProcessor _processor = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        using var zone = ZoneFiles.Build("example", ZoneFiles.Soa + "www 60 A 192.0.2.80\n$GENERATE 1-200 big 60 A 192.0.2.$\n");
        _zones.Publish(zone);
        _processor = new QueryProcessor(_zones, TimeProvider.System, acceptsTransfers: true);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running)
        {
            await running.DisposeAsync();
        }

        _zones.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", false)]
    [InlineData("::1", true)]
    public async Task Each_query_over_UDP_gets_its_own_answer(string address, bool portable)
    {
        using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Parse(address), 0), _processor, 2, portable);
        using var client = new UdpClient(transport.EndPoint.AddressFamily);
        client.Connect(transport.EndPoint);
        var ids = new HashSet<ushort>();
        for (ushort sent = 0; ids.Count < 300;)
        {
            for (; sent < 300 && sent < ids.Count + 50; sent++)
            {
                await client.SendAsync(WithId(Answers.Query("www.example", RecordType.A), sent), Cancellation);
            }

            var reply = await client.ReceiveAsync(Cancellation).AsTask().WaitAsync(s_patience, Cancellation);
            Assert.Equal(["www.example. 60 A 192.0.2.80"], new Reply(reply.Buffer).Answer);
            ids.Add(BinaryPrimitives.ReadUInt16BigEndian(reply.Buffer));
        }
    }

    [Fact]
    public async Task On_a_wildcard_address_the_answer_comes_from_where_the_query_went()
    {
        using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Any, 0), _processor, 1);
        var asked = new IPEndPoint(IPAddress.Parse("127.0.0.9"), transport.EndPoint.Port);
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await client.SendAsync(Answers.Query("www.example", RecordType.A), asked, Cancellation);

        var reply = await client.ReceiveAsync(Cancellation).AsTask().WaitAsync(s_patience, Cancellation);

        Assert.Equal(asked, reply.RemoteEndPoint);
    }

    [Fact]
    public void A_port_in_use_is_told_so_over_UDP_and_TCP()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcp.Listen();

        Assert.Equal(FailureReason.PortInUse, Fails(() => UdpTransport.Start((IPEndPoint)udp.LocalEndPoint!, _processor)));
        Assert.Equal(FailureReason.PortInUse, Fails(() => TcpTransport.Start((IPEndPoint)tcp.LocalEndPoint!, _processor)));
        using var first = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), _processor, 1);
        Assert.Equal(FailureReason.PortInUse, Fails(() => UdpTransport.Start(first.EndPoint, _processor)));
    }

    [Fact]
    public void An_address_of_another_machine_is_told_so() =>
        Assert.Equal(FailureReason.AddressNotLocal, Fails(() => UdpTransport.Start(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), _processor)));

    [Fact]
    public async Task One_port_serves_UDP_and_TCP_and_can_be_taken_again_after_the_end()
    {
        var endPoint = LoopbackPort.Free();
        var listener = await Listener.StartAsync(endPoint, _processor);
        using (var udp = new UdpClient())
        {
            udp.Connect(endPoint);
            await udp.SendAsync(Answers.Query("big.example", RecordType.A, edns: true), Cancellation);
            var reply = await udp.ReceiveAsync(Cancellation).AsTask().WaitAsync(s_patience, Cancellation);
            Assert.True(new Reply(reply.Buffer).Header.IsTruncated);
        }

        using (var tcp = await ConnectAsync(endPoint))
        {
            await SendAsync(tcp, Answers.Query("big.example", RecordType.A));
            Assert.Equal(200, new Reply((await ReadAsync(tcp))!).Answer.Count);
        }

        await listener.DisposeAsync();
        await LoopbackPort.FreedAsync(endPoint, Cancellation);
        await using var again = await Listener.StartAsync(endPoint, _processor);
        Assert.Equal(endPoint, again.EndPoint);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pipelined_queries_in_one_segment_are_all_answered(bool portable)
    {
        using var client = await ConnectAsync(Tcp(portable: portable).EndPoint);
        var all = Enumerable.Range(0, 500).SelectMany(id => Framed(WithId(Answers.Query("big.example", RecordType.A), (ushort)id))).ToArray();
        var sending = client.SendAsync(all, Cancellation).AsTask();

        for (var id = 0; id < 500; id++)
        {
            var reply = await ReadAsync(client);
            Assert.Equal(id, BinaryPrimitives.ReadUInt16BigEndian(reply));
            Assert.Equal(200, new Reply(reply!).Answer.Count);
        }

        await sending;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Length_prefixes_and_messages_may_come_octet_by_octet(bool portable)
    {
        using var client = await ConnectAsync(Tcp(portable: portable).EndPoint);
        client.NoDelay = true;
        foreach (var octet in Framed(Answers.Query("www.example", RecordType.A)).Concat(Framed(Answers.Query("example", RecordType.SOA))))
        {
            await client.SendAsync(new[] { octet }, Cancellation);
        }

        Assert.Equal(["www.example. 60 A 192.0.2.80"], new Reply((await ReadAsync(client))!).Answer);
        Assert.StartsWith("example. 3600 SOA", new Reply((await ReadAsync(client))!).Answer[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_64_KB_is_read_whole_and_the_next_one_too(bool portable)
    {
        using var client = await ConnectAsync(Tcp(portable: portable).EndPoint);
        var large = Answers.Query("example", RecordType.SOA, edns: true, options: [0xFD, 0xE9, 0x0F, 0, .. new byte[0xF00]]);
        await SendAsync(client, large);
        await SendAsync(client, Answers.Query("www.example", RecordType.A));

        Assert.Single(new Reply((await ReadAsync(client))!).Answer);
        Assert.Single(new Reply((await ReadAsync(client))!).Answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_has_said_all_still_gets_its_answers(bool portable)
    {
        using var client = await ConnectAsync(Tcp(portable: portable).EndPoint);
        await SendAsync(client, Answers.Query("www.example", RecordType.A));
        client.Shutdown(SocketShutdown.Send);

        Assert.Single(new Reply((await ReadAsync(client))!).Answer);
        Assert.Null(await ReadAsync(client));
    }

    [Fact]
    public async Task A_response_sent_to_us_is_not_answered_and_the_next_query_is()
    {
        using var client = await ConnectAsync(Tcp().EndPoint);
        var response = Answers.Query("www.example", RecordType.A);
        response[2] |= 0x80;
        await SendAsync(client, response);
        await SendAsync(client, WithId(Answers.Query("www.example", RecordType.A), 77));

        Assert.Equal(77, BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(client)));
    }

    [Fact]
    public async Task An_idle_connection_is_closed_and_a_slow_one_too()
    {
        var time = new FakeTimeProvider();
        var transport = Tcp(time: time);
        using var idle = await ConnectAsync(transport.EndPoint);
        using var slow = await ConnectAsync(transport.EndPoint);
        using var busy = await ConnectAsync(transport.EndPoint);
        await slow.SendAsync(new byte[] { 0 }, Cancellation);
        await AskAsync(busy);
        time.Advance(TcpLimits.Default.IdleTimeout - TimeSpan.FromSeconds(1));
        await AskAsync(busy);
        time.Advance(TimeSpan.FromSeconds(3));

        await AskAsync(busy);
        Assert.Null(await ReadAsync(idle));
        Assert.Null(await ReadAsync(slow));
    }

    [Fact]
    public async Task One_connection_too_many_closes_the_one_idle_longest()
    {
        var transport = Tcp(new TcpLimits { MaxConnections = 2 });
        using var first = await ConnectAsync(transport.EndPoint);
        using var second = await ConnectAsync(transport.EndPoint);
        await AskAsync(second);
        await AskAsync(first);
        using var third = await ConnectAsync(transport.EndPoint);

        await AskAsync(third);
        Assert.Null(await ReadAsync(second));
        await AskAsync(first);
    }

    [Fact]
    public async Task A_server_stops_while_clients_are_served_and_leave()
    {
        for (var round = 0; round < 100; round++)
        {
            var transport = Tcp();
            var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ConnectAsync(transport.EndPoint)));
            await Task.WhenAll(clients.Select(client => SendAsync(client, Answers.Query("www.example", RecordType.A))));
            clients[round % 4].Dispose();

            await transport.DisposeAsync().AsTask().WaitAsync(s_patience, Cancellation);
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_client_with_too_many_connections_gets_no_more_until_one_ends()
    {
        var transport = Tcp(new TcpLimits { MaxConnectionsPerClient = 1 });
        using (var first = await ConnectAsync(transport.EndPoint))
        {
            await AskAsync(first);
            using var second = await ConnectAsync(transport.EndPoint);
            Assert.Null(await ReadAsync(second));
        }

        using var bound = new CancellationTokenSource(s_patience);
        while (transport.ConnectionCount > 0 && !bound.IsCancellationRequested)
        {
            await Task.Yield();
        }

        using var third = await ConnectAsync(transport.EndPoint);
        await AskAsync(third);
    }

    [Fact]
    public async Task Queries_are_answered_while_a_transfer_is_under_way()
    {
        var handler = new GatedTransfers();
        var transport = Tcp(handler: handler);
        using var client = await ConnectAsync(transport.EndPoint);
        await SendAsync(client, WithId(Answers.Query("example", RecordType.AXFR), 1));
        await SendAsync(client, WithId(Answers.Query("www.example", RecordType.A), 2));

        Assert.Equal(2, BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(client)));
        handler.Gate.SetResult();
        Assert.Equal("transfer"u8.ToArray(), await ReadAsync(client));
    }

    [Fact]
    public async Task Zones_may_change_while_queries_are_answered()
    {
        var gauge = new MemoryGauge();
        var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), _processor, 2);
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() => AskUntil(transport.EndPoint, stop.Token), Cancellation);
        for (var i = 0; i < 300; i++)
        {
            using var zone = ZoneFiles.Build("changing", $"@ 60 SOA ns1 h {i} 1 1 1 1\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n$GENERATE 1-50 h$ 60 A 192.0.2.$\n", gauge);
            _zones.Publish(zone);
            if (i % 50 == 49)
            {
                _zones.Remove(DomainName.Parse("changing"));
                Assert.Equal(zone.MemoryUsed > 0, gauge.Bytes > 0);
            }
        }

        await stop.CancelAsync();
        Assert.True(await asking > 0);
        transport.Dispose();
        _zones.Remove(DomainName.Parse("changing"));
        Assert.Equal(0, gauge.Bytes);
    }

    private static async Task<int> AskUntil(IPEndPoint server, CancellationToken stop)
    {
        using var client = new UdpClient();
        client.Connect(server);
        var answers = 0;
        while (!stop.IsCancellationRequested || answers == 0)
        {
            await client.SendAsync(Answers.Query("h7.changing", RecordType.A), Cancellation);
            var reply = new Reply((await client.ReceiveAsync(Cancellation).AsTask().WaitAsync(s_patience, Cancellation)).Buffer);
            Assert.True(reply.Code == ResponseCode.Refused || reply.Answer is ["h7.changing. 60 A 192.0.2.7"]);
            answers++;
        }

        return answers;
    }

    private static FailureReason Fails(Func<object> start) => Assert.Throws<DnsFailureException>(start).Failure.Reason;

    private static byte[] WithId(byte[] query, ushort id)
    {
        BinaryPrimitives.WriteUInt16BigEndian(query, id);
        return query;
    }

    private static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    private TcpTransport Tcp(TcpLimits? limits = null, ITransferOutHandler? handler = null, TimeProvider? time = null, bool portable = false)
    {
        limits ??= TcpLimits.Default;

        // By the machine's clock a client that the machine has not let run must not be taken for an idle one.
        var patient = time is null ? limits with { IdleTimeout = s_patience } : limits;
        var transport = TcpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), _processor, handler, patient, time, portable);
        _running.Add(transport);
        return transport;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, Cancellation);
        return socket;
    }

    private static async Task SendAsync(Socket socket, byte[] message) => await socket.SendAsync(Framed(message), Cancellation);

    private static async Task AskAsync(Socket socket)
    {
        await SendAsync(socket, Answers.Query("www.example", RecordType.A));
        Assert.Single(new Reply((await ReadAsync(socket))!).Answer);
    }

    /// <summary>The next message; null where the server has closed.</summary>
    private static async Task<byte[]?> ReadAsync(Socket socket)
    {
        var prefix = await ReadAsync(socket, 2);
        return prefix is null ? null : await ReadAsync(socket, BinaryPrimitives.ReadUInt16BigEndian(prefix));
    }

    private static async Task<byte[]?> ReadAsync(Socket socket, int length)
    {
        var octets = new byte[length];
        for (var done = 0; done < length;)
        {
            var read = 0;
            try
            {
                read = await socket.ReceiveAsync(octets.AsMemory(done), Cancellation).AsTask().WaitAsync(s_patience, Cancellation);
            }
            catch (SocketException)
            {
                // Reset: closed with something unread.
            }

            if (read == 0)
            {
                return null;
            }

            done += read;
        }

        return octets;
    }

    private sealed class GatedTransfers : ITransferOutHandler
    {
        public TaskCompletionSource Gate { get; } = new();

        public async Task AnswerAsync(TransferRequest request, ITransferChannel channel, CancellationToken cancellation)
        {
            await Gate.Task.WaitAsync(cancellation);
            await channel.WriteAsync(Framed("transfer"u8.ToArray()), cancellation);
        }
    }
}
