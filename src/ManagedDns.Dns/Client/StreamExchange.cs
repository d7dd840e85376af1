using System.Net.Sockets;

namespace ManagedDns.Dns.Client;

/// <summary>One question over a connection, TCP or TLS as the remote wants it.</summary>
internal sealed class StreamExchange(Question question, Undertaking undertaking, ConnectionPool? pool, TimeProvider time)
{
    /// <exception cref="DnsFailureException">There was no answer.</exception>
    public Task<DnsResponse> AskAsync(Remote remote, CancellationToken cancellation) =>
        ConnectionPool.RunAsync(pool, remote, connection => AskAsync(remote, connection, cancellation));

    private async Task<DnsResponse> AskAsync(Remote remote, Connection? connection, CancellationToken cancellation)
    {
        var text = new FailureText(remote, question.Name, undertaking);
        using var timer = new CancellationTokenSource(question.Options.MaxTimeout, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        var mayGoOn = false;
        try
        {
            connection ??= await Connection.OpenAsync(remote, text, time, bounded.Token).ConfigureAwait(false);
            var exchange = new Exchange(question, remote with { Source = connection.Source }, undertaking, time);
            text = exchange.Text;
            await connection.SendAsync(exchange.Request, bounded.Token).ConfigureAwait(false);
            while (await connection.FillAsync(bounded.Token).ConfigureAwait(false))
            {
                if (connection.TryTake(out var message))
                {
                    var response = Judge(exchange, message, connection.Transport);
                    mayGoOn = true;
                    return response;
                }
            }

            throw new DnsFailureException(text.Closed(connection.IsInsideMessage ? "closed the connection in the middle of its answer" : "closed the connection without an answer"));
        }
        catch (SocketException e)
        {
            throw new DnsFailureException(text.ForSocket(e), e);
        }
        catch (IOException e)
        {
            throw new DnsFailureException(e.InnerException is SocketException socket ? text.ForSocket(socket) : text.ForTls(e), e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DnsFailureException(text.TimedOut(question.Options.MaxTimeout));
        }
        finally
        {
            if (mayGoOn && pool is not null)
            {
                pool.Return(remote, connection!);
            }
            else
            {
                connection?.Dispose();
            }
        }
    }

    private static DnsResponse Judge(Exchange exchange, ReadOnlySpan<byte> message, DnsTransport transport)
    {
        if (!exchange.IsAnsweredBy(message))
        {
            throw new DnsFailureException(exchange.Text.Mismatch("the message id or the question differs"));
        }

        return exchange.Judge(message, transport, out var failure, out _) ?? throw new DnsFailureException(failure!);
    }
}
