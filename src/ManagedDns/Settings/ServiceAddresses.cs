using System.Net;
using ManagedDns.Health;
using ManagedDns.Model;

namespace ManagedDns.Settings;

/// <summary>The addresses that primaries must be told: whom to permit, and whom to notify.</summary>
internal static class ServiceAddresses
{
    /// <summary>Where our transfers come from.</summary>
    public static IPAddress[] ToPermit(ServiceSettings settings, ServerStatus? running) =>
        settings.Server.TransferSources is { Length: > 0 } sources ? [.. sources] : [.. ToNotify(settings, running).Select(endPoint => endPoint.Address).Distinct()];

    /// <summary>Where NOTIFY reaches us. Listening on all addresses stands for those that others can reach.</summary>
    public static IPEndPoint[] ToNotify(ServiceSettings settings, ServerStatus? running)
    {
        var listening = running is { EndPoints.Length: > 0 }
            ? running.EndPoints
            : [.. settings.Server.ListenAddresses.Select(address => new IPEndPoint(address, settings.Server.Port))];
        return [.. listening.SelectMany(Concrete).Distinct()];
    }

    private static IEnumerable<IPEndPoint> Concrete(IPEndPoint endPoint) => OwnEndPoints.IsAny(endPoint.Address)
        ? OwnEndPoints.Reachable().Where(address => address.AddressFamily == endPoint.AddressFamily).Select(address => new IPEndPoint(address, endPoint.Port))
        : [endPoint];
}
