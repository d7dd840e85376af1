using System.Net;
using System.Net.Sockets;

namespace ManagedDns.TestKit;

/// <summary>
/// Free ports for peers, which cannot be told port 0. They lie below the range from which systems give out ephemeral ports, so that no client socket
/// takes one between our look and the peer's bind, which may be seconds later. Nor does another test: each process has a range of its own, which it
/// holds by its first port until it ends, and gives its ports out in turn.
/// </summary>
public static class LoopbackPort
{
    private const int First = 10_000;
    private const int End = 32_000;
    private const int RangeLength = 1000;

    private static readonly Lazy<Range> s_range = new(Take);
    private static int s_given;

    public static IPEndPoint Free() => new(IPAddress.Loopback, FreeOn(IPAddress.Loopback));

    /// <summary>A port that is free on all of these addresses.</summary>
    public static int FreeOn(params IReadOnlyCollection<IPAddress> addresses)
    {
        int port;
        do
        {
            port = s_range.Value.First + 1 + (Interlocked.Increment(ref s_given) % (RangeLength - 1));
        }
        while (!addresses.All(address => IsFree(new(address, port))));
        return port;
    }

    /// <summary>
    /// Waits until a port that was let go is free: a program that is being started holds copies of all sockets of the process for as long as it has not begun.
    /// </summary>
    public static Task FreedAsync(IPEndPoint endPoint, CancellationToken cancellation) =>
        Eventually.TrueAsync(() => IsFree(endPoint), () => $"{endPoint} is not free.", cancellation);

    private static Range Take()
    {
        while (true)
        {
            var first = First + (RangeLength * Random.Shared.Next((End - First) / RangeLength));
            var holder = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                holder.Bind(new IPEndPoint(IPAddress.Loopback, first));
                return new(first, holder);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                holder.Dispose();
            }
        }
    }

    private static bool IsFree(IPEndPoint candidate)
    {
        try
        {
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            udp.Bind(candidate);
            tcp.Bind(candidate);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    /// <param name="Holder">Never used; it goes with the process.</param>
    private sealed record Range(int First, Socket Holder);
}
