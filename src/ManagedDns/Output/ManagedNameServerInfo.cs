using System.Net;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>One of this service's host names that belong in the zones' NS records.</summary>
public sealed class ManagedNameServerInfo
{
    /// <summary>The host name without the final dot.</summary>
    public required string Name { get; init; }

    public IPAddress[] Address { get; init; } = [];

    public override string ToString() => Name;

    internal static ManagedNameServerInfo From(ManagedNameServer server) => new()
    {
        Name = server.HostName.ToDisplayString(),
        Address = [.. server.Addresses],
    };
}
