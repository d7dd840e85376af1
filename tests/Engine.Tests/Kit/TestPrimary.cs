using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>
/// A primary for one zone on real sockets that does what the test wants: serve a version, refuse, be silent, die. It answers SOA over UDP and AXFR
/// over TCP, and counts what it was asked.
/// </summary>
internal sealed class TestPrimary : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Task _work;
    private readonly DomainName _name;
    private ZoneContents? _zone;

    public TestPrimary(string? zone = null, TsigKey? key = null, IPAddress? address = null, DomainName? name = null)
    {
        Key = key;
        _name = name ?? TestZone.Name;
        (_udp, _tcp) = BindBoth(address ?? IPAddress.Loopback);
        if (zone is not null)
        {
            Serve(zone);
        }

        _work = Task.WhenAll(AnswerUdpAsync(), AcceptAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_udp.LocalEndPoint!;

    public Remote Remote => new(EndPoint, Key);

    public TsigKey? Key { get; }

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Answered to everything instead of the zone.</summary>
    public ResponseCode? Denial { get; set; }

    /// <summary>Reads everything and answers nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The same over UDP only.</summary>
    public bool IsSilentOverUdp { get; set; }

    /// <summary>Closes transfers after this many messages.</summary>
    public int? CutAfter { get; set; }

    /// <summary>The records of the answer to an IXFR; null: the whole zone.</summary>
    public IReadOnlyList<ResourceRecord>? Differences { get; set; }

    /// <summary>What it was asked: SOA, AXFR, IXFR.</summary>
    public ConcurrentQueue<RecordType> Asked { get; } = new();

    public int TimesAsked(RecordType type) => Asked.Count(asked => asked == type);

    public void Serve(string text) => _zone = TestZone.Build(text, _name);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _work;
        _stop.Dispose();
    }

    private static (Socket Udp, Socket Tcp) BindBoth(IPAddress address)
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(address, 0));
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task AnswerUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                var answers = Answer(buffer.AsSpan(0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
                if (!IsSilentOverUdp && answers is [var message, ..])
                {
                    await _udp.SendToAsync(message, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeConnectionAsync(await _tcp.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeConnectionAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), _stop.Token);
                var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, length), _stop.Token);
                var messages = Answer(buffer.AsSpan(0, length), (IPEndPoint)socket.RemoteEndPoint!);
                foreach (var message in messages.Take(CutAfter ?? int.MaxValue))
                {
                    var framed = new byte[message.Length + 2];
                    BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
                    message.CopyTo(framed, 2);
                    await stream.WriteAsync(framed, _stop.Token);
                }

                if (CutAfter is not null)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
        }
    }

    private List<byte[]> Answer(ReadOnlySpan<byte> message, IPEndPoint from)
    {
        var reader = new MessageReader(message);
        Assert.True(reader.TryReadQuestion(out var question));
        Asked.Enqueue(question.Type);
        if (IsSilent)
        {
            return [];
        }

        var ring = new TsigKeyRing(Key is null ? [] : [Key]);
        TsigRequest.Verify(message, ring, Time.GetUtcNow(), out var tsig);
        var request = new TransferRequest(
            message.ToArray(), reader.Header.Id, DomainName.FromWire(question.Name), question.Type, null, from, tsig?.Key, tsig?.Mac ?? default);
        var code = Key is not null && tsig?.Key is null ? ResponseCode.Refused : Denial ?? (_zone is null ? ResponseCode.Refused : null as ResponseCode?);
        if (code is { } denial)
        {
            return [TransferAnswer.Denial(request, denial, Time.GetUtcNow())[2..].ToArray()];
        }

        if (question.Type == RecordType.IXFR && Differences is { } differences)
        {
            return [PackDifferences(request, differences)];
        }

        // An IXFR with our own serial is what makes the answer a single SOA.
        var asked = question.Type == RecordType.SOA ? request with { HaveSerial = _zone!.Serial } : request;
        using var answer = new TransferAnswer(_zone!, Journal.Empty, asked, Time);
        var messages = new List<byte[]>();
        while (!answer.IsDone)
        {
            messages.Add(answer.Next()[2..].ToArray());
        }

        return messages;
    }

    private byte[] PackDifferences(TransferRequest request, IReadOnlyList<ResourceRecord> records)
    {
        var message = new TransferPacker(request.Key);
        message.Begin(request.Id, MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag, request.Zone.Wire, request.Type);
        foreach (var record in records)
        {
            Assert.True(message.TryAdd(record.AsWire()));
        }

        if (request.Key is { } key)
        {
            using var signer = TsigSigner.ForResponse(key, request.RequestMac.Span);
            message.Sign(signer, Time.GetUtcNow());
        }

        return message.Message.ToArray();
    }
}
