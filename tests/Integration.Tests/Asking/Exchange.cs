using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Asking;

/// <summary>Asks one server over real sockets.</summary>
public static class Exchange
{
    private const int InFlight = 100;
    private const int Tries = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// One query over UDP, asked again where there is no answer, for machines that are busy; null when none came at all or the port is closed.
    /// </summary>
    public static async Task<byte[]?> UdpAsync(IPEndPoint server, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            bounded.CancelAfter(s_patience);
            try
            {
                await socket.SendAsync(message, bounded.Token);
                var buffer = new byte[65_535];
                return buffer[..await socket.ReceiveAsync(buffer, bounded.Token)];
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return null;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
            }
        }

        return null;
    }

    public static async Task<Reply?> UdpAsync(IPEndPoint server, Query query, CancellationToken cancellation) =>
        await UdpAsync(server, query.ToMessage((ushort)Random.Shared.Next()), cancellation) is { } message ? new Reply(message) : null;

    /// <summary>
    /// Many queries over one UDP socket, a hundred in flight, unanswered ones asked again. The result stands at the query's place.
    /// </summary>
    /// <exception cref="TimeoutException">A query stays unanswered.</exception>
    public static async Task<Reply[]> UdpAsync(IPEndPoint server, IReadOnlyList<Query> queries, CancellationToken cancellation)
    {
        var replies = new Reply?[queries.Count];
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        var buffer = new byte[65_535];
        for (var start = 0; start < queries.Count; start += InFlight)
        {
            var end = Math.Min(start + InFlight, queries.Count);
            for (var attempt = 1; replies.AsSpan(start, end - start).Contains(null); attempt++)
            {
                var open = Enumerable.Range(start, end - start).Where(i => replies[i] is null).ToList();
                if (attempt > Tries)
                {
                    throw new TimeoutException($"{server} does not answer {queries[open[0]]} (and {open.Count - 1} more).");
                }

                foreach (var i in open)
                {
                    await socket.SendAsync(queries[i].ToMessage((ushort)i), cancellation);
                }

                await ReceiveAsync(socket, buffer, replies, start, end, open.Count, cancellation);
            }
        }

        return replies!;
    }

    /// <summary>As over UDP; what is truncated is asked again over TCP.</summary>
    public static async Task<Reply[]> WholeAsync(IPEndPoint server, IReadOnlyList<Query> queries, CancellationToken cancellation)
    {
        var replies = await UdpAsync(server, queries, cancellation);
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = replies[i].IsTruncated ? await TcpAsync(server, queries[i], cancellation) : replies[i];
        }

        return replies;
    }

    /// <summary>One query over TCP with all messages until <paramref name="isLast"/> says that one was the last.</summary>
    public static async Task<List<Reply>> TcpAsync(IPEndPoint server, Query query, Func<List<Reply>, bool> isLast, CancellationToken cancellation)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(Eventually.Bound);
        using var client = new TcpClient(server.AddressFamily);
        await client.ConnectAsync(server, bounded.Token);
        var stream = client.GetStream();
        var message = query.ToMessage((ushort)Random.Shared.Next());
        await stream.WriteAsync(new byte[] { (byte)(message.Length >> 8), (byte)message.Length }.Concat(message).ToArray(), bounded.Token);
        var replies = new List<Reply>();
        var prefix = new byte[2];
        do
        {
            await stream.ReadExactlyAsync(prefix, bounded.Token);
            var reply = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
            await stream.ReadExactlyAsync(reply, bounded.Token);
            replies.Add(new Reply(reply));
        }
        while (!isLast(replies));
        return replies;
    }

    public static async Task<Reply> TcpAsync(IPEndPoint server, Query query, CancellationToken cancellation) =>
        (await TcpAsync(server, query, _ => true, cancellation))[0];

    /// <summary>A zone's records by an unsigned AXFR, the closing SOA left out.</summary>
    /// <exception cref="InvalidOperationException">The transfer is refused.</exception>
    public static async Task<IReadOnlyList<ReplyRecord>> AxfrAsync(IPEndPoint server, DomainName zone, CancellationToken cancellation)
    {
        var replies = await TcpAsync(
            server,
            new Query(zone, RecordType.AXFR) { PayloadSize = null },
            all => all[^1].ResponseCode != ResponseCode.NoError || (all.Sum(r => r.Answer.Count) > 1 && all[^1].Answer[^1].Type == RecordType.SOA),
            cancellation);
        return replies[^1].ResponseCode == ResponseCode.NoError
            ? [.. replies.SelectMany(r => r.Answer).SkipLast(1)]
            : throw new InvalidOperationException($"{server} answers an AXFR of {zone} with {replies[^1].ResponseCode}.");
    }

    /// <summary>The serial with which a server answers authoritatively for a zone; null when it does not (yet).</summary>
    public static async Task<uint?> SerialAsync(IPEndPoint server, DomainName zone, CancellationToken cancellation)
    {
        var reply = await UdpAsync(server, new Query(zone, RecordType.SOA), cancellation);
        return reply is { ResponseCode: ResponseCode.NoError, IsAuthoritative: true } && reply.Answer.FirstOrDefault(r => r.Type == RecordType.SOA) is { } soa
            ? BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(soa.RdataHex).AsSpan()[^20..])
            : null;
    }

    private static async Task ReceiveAsync(Socket socket, byte[] buffer, Reply?[] replies, int start, int end, int missing, CancellationToken cancellation)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(s_patience);
        try
        {
            while (missing > 0)
            {
                var message = buffer[..await socket.ReceiveAsync(buffer, bounded.Token)];

                // The id is the query's number in 16 bits; those in flight lie close together.
                var index = start + (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message) - (ushort)start);
                if (index < end && replies[index] is null)
                {
                    replies[index] = new Reply(message);
                    missing--;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The caller asks the rest again.
        }
    }
}
