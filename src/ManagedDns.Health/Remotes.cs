using ManagedDns.Dns.Client;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>How the settings have us talk to a primary: what the server does, the cmdlets that test do.</summary>
public static class Remotes
{
    public static Remote Of(PrimaryNameServer primary, ServiceSettings settings) => new(
        primary.EndPoint,
        primary.TsigKeyId is { } key ? settings.TsigKeys[key].Key : null,
        settings.Server.TransferSources.FirstOrDefault(source => source.AddressFamily == primary.Address.AddressFamily),
        primary.Tls is { } terms ? terms with { Identity = settings.Server.Identity } : null);
}
