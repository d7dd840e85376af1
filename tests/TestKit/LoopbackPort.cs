using System.Net;
using System.Net.Sockets;

namespace ManagedDns.TestKit;

/// <summary>
/// Free ports for peers, which cannot be told port 0. They lie below the range from which systems give out ephemeral ports, so that no client socket
/// takes one between our look and the peer's bind; they are random, so that test runs side by side do not meet.
/// </summary>
public static class LoopbackPort
{
    public static IPEndPoint Free() => new(IPAddress.Loopback, FreeOn(IPAddress.Loopback));

    /// <summary>A port that is free on all of these addresses.</summary>
    public static int FreeOn(params IReadOnlyCollection<IPAddress> addresses)
    {
        int port;
        do
        {
            port = Random.Shared.Next(10_000, 32_000);
        }
        while (!addresses.All(address => IsFree(new(address, port))));
        return port;
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
}
