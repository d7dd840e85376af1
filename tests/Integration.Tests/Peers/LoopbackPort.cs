using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Integration.Tests.Peers;

/// <summary>
/// Free ports for peers, which cannot be told port 0. They lie below the range from which systems give out ephemeral ports, so that no client socket
/// takes one between our look and the peer's bind; they are random, so that test runs side by side do not meet.
/// </summary>
public static class LoopbackPort
{
    public static IPEndPoint Free()
    {
        while (true)
        {
            var candidate = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(10_000, 32_000));
            try
            {
                using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                udp.Bind(candidate);
                tcp.Bind(candidate);
                return candidate;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
