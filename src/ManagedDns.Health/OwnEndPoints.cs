using System.Net;
using System.Net.NetworkInformation;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>Where this service listens: a primary there would be ourselves.</summary>
public static class OwnEndPoints
{
    /// <summary>A failure when a primary's address is one of ours; null when it is not.</summary>
    /// <param name="running">The server's own row while it runs: it knows best where it listens.</param>
    public static Failure? Check(IPEndPoint primary, ServerSettings server, ServerStatus? running)
    {
        // The preset to listen on all addresses says nothing yet: the primary may be there now, and we are not.
        var own = running is { State: ServerState.Running }
            ? running.EndPoints
            : server.ListenAddresses.Where(address => !IsAny(address)).Select(address => new IPEndPoint(address, server.Port));
        return own.Any(endPoint => Covers(endPoint, primary))
            ? new Failure(
                FailureReason.OwnAddress, primary, $"{primary} is an address that this service listens on itself.",
                "Give the primary's own address and port, or let this service listen elsewhere: Set-SecondaryServer -ListenAddress -Port.")
            : null;
    }

    /// <summary>The addresses of this machine that others can reach.</summary>
    public static IEnumerable<IPAddress> Reachable() =>
        Interfaces().Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal).Distinct();

    public static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool Covers(IPEndPoint own, IPEndPoint other) =>
        own.Port == other.Port
        && own.Port != 0
        && (own.Address.Equals(other.Address)
            || (IsAny(own.Address) && own.AddressFamily == other.AddressFamily && (IPAddress.IsLoopback(other.Address) || Interfaces().Contains(other.Address))));

    private static IEnumerable<IPAddress> Interfaces() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address);
}
