using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ARSoft.Tools.Net.Dns;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Lookup;

/// <summary>
/// One query of ARSoft's client to one server, over UDP or TCP. ARSoft's own transports keep the reason of a failure to themselves and never
/// go from a truncated answer to TCP; this one says what happened and keeps the octets that came back.
/// </summary>
internal sealed class SingleServerTransport(IPEndPoint server, bool overTcp, TimeSpan timeout, TimeProvider time) : IClientTransport, IClientConnection
{
    private const int LengthOctets = DnsRawPackage.LENGTH_HEADER_LENGTH;

    private Socket? _socket;
    private ArraySegment<byte> _query;

    /// <summary>The answer as it came, without TCP's length octets; null where there was none.</summary>
    public ReadOnlyMemory<byte>? Response { get; private set; }

    /// <summary>Why there is no answer; null with no answer: time ran out.</summary>
    public SocketException? Error { get; private set; }

    public ushort MaximumAllowedQuerySize => ushort.MaxValue;

    public bool SupportsReliableTransfer => overTcp;

    public bool SupportsMulticastTransfer => false;

    public bool SupportsPooledConnections => false;

    public IClientTransport Transport => this;

    public bool IsFaulty { get; private set; }

    public async Task<IClientConnection?> ConnectAsync(DnsClientEndpointInfo endpointInfo, int queryTimeout, CancellationToken token = default)
    {
        var (kind, protocol) = overTcp ? (SocketType.Stream, ProtocolType.Tcp) : (SocketType.Dgram, ProtocolType.Udp);
        _socket = new Socket(server.AddressFamily, kind, protocol);
        var connected = await TryAsync(async bounded => await _socket.ConnectAsync(server, bounded).ConfigureAwait(false), token).ConfigureAwait(false);
        return connected ? this : null;
    }

    public Task<IClientConnection?> GetPooledConnectionAsync(DnsClientEndpointInfo endpointInfo, CancellationToken token = default) =>
        Task.FromResult<IClientConnection?>(null);

    public Task<bool> SendAsync(DnsRawPackage package, CancellationToken token = default)
    {
        // ARSoft's buffer is longer than the message in it.
        _query = package.ToArraySegment(includeLengthHeader: true)[..(LengthOctets + package.Length)];
        var octets = overTcp ? _query : _query[LengthOctets..];
        return TryAsync(async bounded => await _socket!.SendAsync(octets, bounded).ConfigureAwait(false), token);
    }

    public async Task<DnsReceivedRawPackage?> ReceiveAsync(DnsMessageIdentification identification, CancellationToken token = default)
    {
        var received = Array.Empty<byte>();
        var answered = await TryAsync(
            async bounded =>
            {
                do
                {
                    received = overTcp ? await ReadTcpAsync(bounded).ConfigureAwait(false) : await ReadUdpAsync(bounded).ConfigureAwait(false);
                }
                while (!IsAnswer(received.AsSpan(LengthOctets)));
            },
            token).ConfigureAwait(false);
        if (!answered)
        {
            return null;
        }

        Response = received.AsMemory(LengthOctets);
        return new DnsReceivedRawPackage(received, server, (IPEndPoint)_socket!.LocalEndPoint!);
    }

    public void RestartIdleTimeout(TimeSpan? timeout)
    {
        // One query, one connection: it never idles.
    }

    public void MarkFaulty() => IsFaulty = true;

    public void Dispose() => _socket?.Dispose();

    // A server that cannot read the question may answer without it (RFC 1035 §4.1.1); the id must fit all the same.
    private bool IsAnswer(ReadOnlySpan<byte> message)
    {
        var query = new MessageReader(_query[LengthOctets..]);
        var answer = new MessageReader(message);
        if (answer.Error != MessageError.None || !answer.Header.IsResponse || answer.Header.Id != query.Header.Id || !query.TryReadQuestion(out var asked))
        {
            return false;
        }

        return answer.TryReadQuestion(out var echoed)
            ? echoed.Type == asked.Type && WireName.Equals(echoed.Name, asked.Name)
            : answer.Error == MessageError.None && answer.Header.ResponseCode != ResponseCode.NoError;
    }

    private async Task<byte[]> ReadUdpAsync(CancellationToken token)
    {
        var buffer = new byte[LengthOctets + ushort.MaxValue];
        var length = await _socket!.ReceiveAsync(buffer.AsMemory(LengthOctets), token).ConfigureAwait(false);
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
        return buffer[..(LengthOctets + length)];
    }

    private async Task<byte[]> ReadTcpAsync(CancellationToken token)
    {
        var length = new byte[LengthOctets];
        await ReadExactlyAsync(length, token).ConfigureAwait(false);
        byte[] message = [.. length, .. new byte[BinaryPrimitives.ReadUInt16BigEndian(length)]];
        await ReadExactlyAsync(message.AsMemory(LengthOctets), token).ConfigureAwait(false);
        return message;
    }

    private async Task ReadExactlyAsync(Memory<byte> buffer, CancellationToken token)
    {
        while (!buffer.IsEmpty)
        {
            var length = await _socket!.ReceiveAsync(buffer, token).ConfigureAwait(false);
            if (length == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            buffer = buffer[length..];
        }
    }

    // ARSoft swallows what its transports throw, so it is kept here.
    private async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken token)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(token, timer.Token);
        try
        {
            await step(bounded.Token).ConfigureAwait(false);
            return true;
        }
        catch (SocketException error)
        {
            Error = error;
        }
        catch (OperationCanceledException)
        {
            // Time ran out, or the caller gave up and looks at its own token.
        }

        MarkFaulty();
        return false;
    }
}
