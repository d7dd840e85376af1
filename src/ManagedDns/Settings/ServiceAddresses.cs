using System.Net;
using System.Net.Sockets;
using ManagedDns.Health;
using ManagedDns.Model;

namespace ManagedDns.Settings;

/// <summary>The addresses that primaries must be told: whom to permit, and whom to notify.</summary>
internal static class ServiceAddresses
{
    private const int DnsPort = 53;

    /// <summary>
    /// Where our transfers from these primaries come from: the address set for it, else the one that the system picks on the way there. That need not
    /// be one that we listen on, which are told only where there is no primary yet, or no way to it.
    /// </summary>
    public static IPAddress[] ToPermit(ServiceSettings settings, ServerStatus? running, IEnumerable<PrimaryNameServer> primaries)
    {
        var sources = settings.Server.TransferSources;
        IPAddress[] used =
        [
            .. primaries.Select(primary => primary.Address).Distinct()
                .Select(address => sources.FirstOrDefault(source => source.AddressFamily == address.AddressFamily) ?? SourceTo(address))
                .OfType<IPAddress>().Distinct(),
        ];
        return used.Length > 0 ? used
            : sources.IsEmpty ? [.. ToNotify(settings, running).Select(endPoint => endPoint.Address).Distinct()]
            : [.. sources];
    }

    /// <summary>Where NOTIFY reaches us. Listening on all addresses stands for those that others can reach.</summary>
    public static IPEndPoint[] ToNotify(ServiceSettings settings, ServerStatus? running)
    {
        var listening = running is { EndPoints.Length: > 0 }
            ? running.EndPoints
            : [.. settings.Server.ListenAddresses.Select(address => new IPEndPoint(address, settings.Server.Port))];
        return [.. listening.SelectMany(Concrete).Distinct()];
    }

    /// <summary>What the system would send from; nothing is sent. Null: there is no way.</summary>
    private static IPAddress? SourceTo(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, DnsPort);
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static IEnumerable<IPEndPoint> Concrete(IPEndPoint endPoint) => OwnEndPoints.IsAny(endPoint.Address)
        ? OwnEndPoints.Reachable().Where(address => address.AddressFamily == endPoint.AddressFamily).Select(address => new IPEndPoint(address, endPoint.Port))
        : [endPoint];
}
