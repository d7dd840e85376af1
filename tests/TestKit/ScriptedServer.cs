using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit;

/// <summary>
/// A name server on real loopback sockets, UDP and TCP on one port, that answers for one zone as its script says, and misbehaves as its script says.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly Task _serving;
    private volatile ServerScript _script;
    private int _lost;

    private ScriptedServer(ServerScript script, TimeProvider time, Socket udp, Socket tcp)
    {
        _script = script;
        _time = time;
        _udp = udp;
        _tcp = tcp;
        EndPoint = (IPEndPoint)tcp.LocalEndPoint!;
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint { get; }

    public ServerScript Script
    {
        get => _script;
        set => _script = value;
    }

    /// <summary>What came so far, in order.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    /// <param name="time">The clock that signs; null: the system's.</param>
    public static ScriptedServer Start(ServerScript script, TimeProvider? time = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            try
            {
                udp.Bind(tcp.LocalEndPoint!);
                tcp.Listen();
                return new ScriptedServer(script, time ?? TimeProvider.System, udp, tcp);
            }
            catch (SocketException) when (attempt < 20)
            {
                // Someone has the UDP port of this number.
                tcp.Dispose();
                udp.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[65_535];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                if (Read(buffer[..received.ReceivedBytes], (IPEndPoint)received.RemoteEndPoint, overTcp: false) is not { } request)
                {
                    continue;
                }

                var script = _script;
                if (_lost < script.LostRequests)
                {
                    _lost++;
                    continue;
                }

                foreach (var answer in UdpAnswers(script, request))
                {
                    await _udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
        }
    }

    private IEnumerable<byte[]> UdpAnswers(ServerScript script, ReceivedRequest request)
    {
        if (script is { Misbehaviour: Misbehaviour.Silence, OnlyInTransfers: false })
        {
            yield break;
        }

        if (script.Misbehaviour == Misbehaviour.ForgedAnswersFirst)
        {
            foreach (var forgery in new[] { Misbehaviour.WrongId, Misbehaviour.WrongQuestion, Misbehaviour.NoQuestion })
            {
                yield return new ScriptedAnswer(script with { Misbehaviour = forgery }, request, _time.GetUtcNow()).Messages().First();
            }
        }

        yield return new ScriptedAnswer(script, request, _time.GetUtcNow()).Messages().First();
    }

    private async Task ServeTcpAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeConnectionAsync(await _tcp.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeConnectionAsync(Socket socket)
    {
        using var _ = socket;
        using var stream = new NetworkStream(socket);
        try
        {
            var length = new byte[2];
            while (_script.Misbehaviour != Misbehaviour.ClosesAtOnce)
            {
                await stream.ReadExactlyAsync(length, _stop.Token);
                var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(message, _stop.Token);
                if (Read(message, (IPEndPoint)socket.RemoteEndPoint!, overTcp: true) is not { } request || !await AnswerAsync(socket, stream, request))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or SocketException)
        {
            // The client has left, or we are stopped.
        }
    }

    /// <summary>False: the connection ends here.</summary>
    private async Task<bool> AnswerAsync(Socket socket, NetworkStream stream, ReceivedRequest request)
    {
        var script = _script;
        if (script.Misbehaviour == Misbehaviour.ClosesAtOnce)
        {
            return false;
        }

        var index = 0;
        foreach (var message in new ScriptedAnswer(script, request, _time.GetUtcNow()).Messages())
        {
            if (script.Misbehaviour == Misbehaviour.Silence || (index == script.FaultyMessage && script.Misbehaviour == Misbehaviour.SilenceInMidStream))
            {
                await SilenceAsync();
            }

            if (index > 0 && script.BetweenMessages is { } wait)
            {
                await wait(_stop.Token);
            }

            byte[] framed = [(byte)(message.Length >> 8), (byte)message.Length, .. message];
            if (index++ == script.FaultyMessage)
            {
                switch (script.Misbehaviour)
                {
                    case Misbehaviour.ClosesInMidStream:
                        return false;
                    case Misbehaviour.ClosesInsideMessage:
                        await stream.WriteAsync(framed.AsMemory(0, framed.Length / 2), _stop.Token);
                        return false;
                    case Misbehaviour.ResetInMidStream:
                        socket.LingerState = new LingerOption(true, 0);
                        return false;
                    case Misbehaviour.Drips:
                        await DripAsync(stream);
                        return false;
                }
            }

            await stream.WriteAsync(framed, _stop.Token);
        }

        if (script.Misbehaviour == Misbehaviour.AnswersOncePerConnection)
        {
            await SilenceAsync();
        }

        return script.Misbehaviour is not (Misbehaviour.NoClosingSoa or Misbehaviour.EndlessRecords or Misbehaviour.ClosesAfterAnswer);
    }

    /// <summary>Says nothing more until the server stops.</summary>
    private Task SilenceAsync() => new TaskCompletionSource().Task.WaitAsync(_stop.Token);

    private async Task DripAsync(NetworkStream stream)
    {
        for (var octet = byte.MaxValue; ; octet = 0)
        {
            await stream.WriteAsync(new[] { octet }, _stop.Token);
        }
    }

    private ReceivedRequest? Read(byte[] message, IPEndPoint from, bool overTcp)
    {
        var reader = new MessageReader(message);
        if (!reader.TryReadQuestion(out var question))
        {
            return null;
        }

        var request = new ReceivedRequest(message, reader.Header.Id, reader.Header.Opcode, DomainName.FromWire(question.Name), question.Type, overTcp, from.Port);
        _requests.Enqueue(request);
        return request;
    }
}
