using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;

namespace ManagedDns.Engine;

/// <summary>Words why an address cannot be listened on.</summary>
internal static class ListenFailures
{
    /// <summary>Ports below this one need a privilege, but on Windows.</summary>
    private const int FirstFreePort = 1024;

    public static Failure From(SocketException e, IPEndPoint endPoint) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => new(
            FailureReason.PortInUse,
            endPoint,
            $"Another program listens on {endPoint}.",
            $"Stop it ({Finder(endPoint.Port)} names it), or choose another address or port with Set-SecondaryServer -ListenAddress -Port."),
        SocketError.AccessDenied when OperatingSystem.IsWindows() => new(
            FailureReason.NotPermitted,
            endPoint,
            $"Windows does not let this program listen on {endPoint}: another one holds the port for itself, or it lies in a range kept back.",
            $"{Finder(endPoint.Port)} names that program, netsh int ipv4 show excludedportrange protocol=udp tells the ranges; "
            + "or choose another port with Set-SecondaryServer -Port."),
        SocketError.AccessDenied when endPoint.Port < FirstFreePort => new(
            FailureReason.NotPermitted,
            endPoint,
            $"This user may not listen on {endPoint}: ports below {FirstFreePort} are privileged.",
            "Start the server as root, give it the capability CAP_NET_BIND_SERVICE, or choose another port with Set-SecondaryServer -Port."),
        SocketError.AccessDenied => new(
            FailureReason.NotPermitted, endPoint, $"This user may not listen on {endPoint}.", "Start the server as a user who may, or choose another port."),
        SocketError.AddressNotAvailable => new(
            FailureReason.AddressNotLocal,
            endPoint,
            $"{endPoint.Address} is no address of this machine.",
            "Give addresses of this machine with Set-SecondaryServer -ListenAddress; 0.0.0.0 and :: stand for all of them."),
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolNotSupported => new(
            FailureReason.AddressNotLocal,
            endPoint,
            $"This machine has no support for the address family of {endPoint.Address}.",
            "Leave this address out with Set-SecondaryServer -ListenAddress."),
        _ => new(FailureReason.Internal, endPoint, $"{endPoint} cannot be listened on: {e.Message}.", "Choose other listen addresses with Set-SecondaryServer -ListenAddress."),
    };

    /// <summary>What tells who listens on a port.</summary>
    private static string Finder(int port) => OperatingSystem.IsWindows() ? $"netstat -ano | findstr :{port}" : $"ss -lnup 'sport = {port}'";
}
