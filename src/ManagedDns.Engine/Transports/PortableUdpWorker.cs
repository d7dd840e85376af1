using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>One thread that takes and answers one datagram at a time, on a plain socket that threads share: for systems without batches.</summary>
internal sealed unsafe class PortableUdpWorker : IUdpWorker
{
    private const int AddressLength = 16;

    private readonly Socket _socket;
    private readonly QueryBatch _batch;
    private readonly SocketAddress _client;
    private readonly byte* _address = (byte*)NativeMemory.Alloc(AddressLength);
    private volatile bool _stopping;

    public PortableUdpWorker(Socket socket, QueryProcessor processor)
    {
        _socket = socket;
        _batch = new QueryBatch(processor);
        _client = new SocketAddress(socket.AddressFamily);
    }

    public void Run()
    {
        while (!_stopping)
        {
            RunOne();
        }
    }

    public void Stop()
    {
        // Closing wakes whoever waits in the socket.
        _stopping = true;
        _socket.Dispose();
    }

    public void Dispose()
    {
        _batch.Dispose();
        NativeMemory.Free(_address);
    }

    private void RunOne()
    {
        try
        {
            var length = _socket.ReceiveFrom(new Span<byte>(_batch.Message(0), QueryBatch.MaxMessage), SocketFlags.None, _client);
            var isIPv6 = _client.Family == AddressFamily.InterNetworkV6;
            var octets = _client.Buffer.Span;
            octets.Slice(isIPv6 ? 8 : 4, isIPv6 ? AddressLength : 4).CopyTo(new Span<byte>(_address, AddressLength));
            _batch.Set(0, length, _address, isIPv6 ? AddressLength : 4, octets[2] << 8 | octets[3]);
            _batch.Answer(1);
            if (_batch.AnswerLength(0) is var answer and > 0)
            {
                Send(answer);
            }
        }
        catch (SocketException)
        {
            // A datagram too long, or an ICMP message for an earlier answer: nobody waits to be told.
        }
        catch (ObjectDisposedException)
        {
            // The threads share the socket: who closes it ends them all.
            _stopping = true;
        }
    }

    private void Send(int length)
    {
        try
        {
            _socket.SendTo(new ReadOnlySpan<byte>(_batch.Message(0), length), SocketFlags.None, _client);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize)
        {
            // A link on the way takes no message of that size, and there are no fragments: the client is sent to TCP.
            var left = _batch.Shorten(_batch.Message(0), length);
            if (left > 0)
            {
                _socket.SendTo(new ReadOnlySpan<byte>(_batch.Message(0), left), SocketFlags.None, _client);
            }
        }
    }
}
