using System.Net.Sockets;

namespace ManagedDns.Dns.Client;

/// <summary>One question over a TCP connection of its own.</summary>
internal static class TcpExchange
{
    /// <exception cref="DnsFailureException">There was no answer.</exception>
    public static async Task<DnsResponse> AskAsync(Question question, Remote remote, Undertaking undertaking, TimeProvider time, CancellationToken cancellation)
    {
        var text = new FailureText(remote, question.Name, undertaking);
        using var timer = new CancellationTokenSource(question.Options.MaxTimeout, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            using var connection = await TcpConnection.ConnectAsync(remote, bounded.Token).ConfigureAwait(false);
            var exchange = new Exchange(question, connection.Remote, undertaking, time);
            text = exchange.Text;
            await connection.SendAsync(exchange.Request, bounded.Token).ConfigureAwait(false);
            while (await connection.FillAsync(bounded.Token).ConfigureAwait(false))
            {
                if (connection.TryTake(out var message))
                {
                    return Judge(exchange, message);
                }
            }

            throw new DnsFailureException(text.Closed(connection.IsInsideMessage ? "closed the connection in the middle of its answer" : "closed the connection without an answer"));
        }
        catch (SocketException e)
        {
            throw new DnsFailureException(text.ForSocket(e), e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DnsFailureException(text.TimedOut(question.Options.MaxTimeout));
        }
    }

    private static DnsResponse Judge(Exchange exchange, ReadOnlySpan<byte> message)
    {
        if (!exchange.IsAnsweredBy(message))
        {
            throw new DnsFailureException(exchange.Text.Mismatch("the message id or the question differs"));
        }

        return exchange.Judge(message, DnsTransport.Tcp, out var failure, out _) ?? throw new DnsFailureException(failure!);
    }
}
