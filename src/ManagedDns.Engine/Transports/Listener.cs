using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Transports;

/// <summary>One address and port on which queries are answered over UDP and TCP alike.</summary>
public sealed class Listener : IAsyncDisposable
{
    /// <summary>With port 0 the port that TCP got may be taken for UDP: another is tried.</summary>
    private const int Tries = 20;

    private readonly UdpTransport _udp;
    private readonly TcpTransport _tcp;

    private Listener(UdpTransport udp, TcpTransport tcp)
    {
        _udp = udp;
        _tcp = tcp;
    }

    /// <summary>Where this listens, with the port that port 0 has become.</summary>
    public IPEndPoint EndPoint => _tcp.EndPoint;

    internal TcpLimits TcpLimits
    {
        set => _tcp.Limits = value;
    }

    /// <param name="udpThreads">0: one a core.</param>
    /// <exception cref="DnsFailureException">PortInUse, NotPermitted, AddressNotLocal.</exception>
    public static async Task<Listener> StartAsync(
        IPEndPoint endPoint,
        QueryProcessor processor,
        ITransferOutHandler? transfers = null,
        TcpLimits? limits = null,
        int udpThreads = 0,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        for (var attempt = 1; ; attempt++)
        {
            var tcp = TcpTransport.Start(endPoint, processor, transfers, limits, time);
            try
            {
                return new Listener(UdpTransport.Start(tcp.EndPoint, processor, udpThreads), tcp);
            }
            catch (DnsFailureException e)
            {
                await tcp.DisposeAsync().ConfigureAwait(false);
                if (endPoint.Port != 0 || attempt == Tries || e.Failure.Reason != FailureReason.PortInUse)
                {
                    throw;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _udp.Dispose();
        await _tcp.DisposeAsync().ConfigureAwait(false);
    }
}
