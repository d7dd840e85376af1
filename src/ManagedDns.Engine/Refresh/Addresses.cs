using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Engine.Refresh;

/// <summary>Addresses compared as operators mean them: an IPv4 address is the same whether it came over an IPv4 or an IPv6 socket.</summary>
internal static class Addresses
{
    public static bool IsSameAs(this IPAddress left, IPAddress right) => Unmapped(left).Equals(Unmapped(right));

    public static IPAddress Unmapped(this IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether what is sent to <paramref name="target"/> arrives at one of <paramref name="listening"/>.</summary>
    public static bool LeadsTo(this IPEndPoint target, IEnumerable<IPEndPoint> listening) =>
        listening.Any(own => own.Port == target.Port && (own.Address.IsSameAs(target.Address) || IsCoveredBy(own.Address, target.Address)));

    private static bool IsCoveredBy(IPAddress own, IPAddress target) =>
        IsWildcard(own) && own.AddressFamily == target.AddressFamily && IsLocal(target);

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        // Only an address of this machine can be bound: cheaper than asking for all interfaces, and right in every namespace.
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
