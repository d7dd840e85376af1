using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Dns.Client;

/// <summary>Tries over UDP, each from a new port with a new id on a connected socket: what others send does not reach it, and what does not fit is ignored (RFC 5452).</summary>
internal static class UdpExchange
{
    /// <exception cref="DnsFailureException">No try brought an answer.</exception>
    public static async Task<(DnsResponse Response, int Tries)> AskAsync(
        Question question, Remote remote, Undertaking undertaking, TimeProvider time, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            Failure? failure = null;
            var waited = TimeSpan.Zero;
            for (var attempt = 0; attempt < question.Options.Tries; attempt++)
            {
                var timeout = question.Options.TimeoutOf(attempt);
                waited += timeout;
                (var response, failure) = await TryAsync(question, remote, undertaking, timeout, waited, buffer, time, cancellation).ConfigureAwait(false);
                if (response is not null)
                {
                    return (response, attempt + 1);
                }
            }

            throw new DnsFailureException(failure!);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<(DnsResponse? Response, Failure? Failure)> TryAsync(
        Question question, Remote remote, Undertaking undertaking, TimeSpan timeout, TimeSpan waited, byte[] buffer, TimeProvider time, CancellationToken cancellation)
    {
        var text = new FailureText(remote, question.Name, undertaking);
        Failure? heard = null;
        using var timer = new CancellationTokenSource(timeout, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            using var socket = new Socket(remote.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (remote.Source is not null)
            {
                socket.Bind(new IPEndPoint(remote.Source, 0));
            }

            await socket.ConnectAsync(remote.EndPoint, bounded.Token).ConfigureAwait(false);
            var exchange = new Exchange(question, remote.From(socket), undertaking, time);
            text = exchange.Text;
            await socket.SendAsync(exchange.Request, bounded.Token).ConfigureAwait(false);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, bounded.Token).ConfigureAwait(false);
                var response = exchange.IsAnsweredBy(buffer.AsSpan(0, length))
                    ? exchange.Judge(buffer.AsSpan(0, length), DnsTransport.Udp, out heard, out var final)
                    : Ignore(out final);
                if (response is not null)
                {
                    return (response, null);
                }

                if (final)
                {
                    throw new DnsFailureException(heard!);
                }
            }
        }
        catch (SocketException e)
        {
            throw new DnsFailureException(text.ForSocket(e), e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, heard ?? text.TimedOut(waited));
        }
    }

    private static DnsResponse? Ignore(out bool final)
    {
        final = false;
        return null;
    }
}
