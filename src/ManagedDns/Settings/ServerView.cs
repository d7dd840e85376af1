using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>How the server of a store is set and how it runs, as one object.</summary>
internal static class ServerView
{
    public static SecondaryServerInfo Show(ManagedDnsStore store)
    {
        var settings = store.ReadSettings();
        var last = store.Status.Server();
        var running = RunningServer.Find(store);
        var wasKilled = running is null && last?.State is (ServerState.Starting or ServerState.Running or ServerState.Stopping);
        return new SecondaryServerInfo
        {
            State = running?.State ?? (last?.State == ServerState.Failed ? ServerState.Failed : ServerState.Stopped),
            ProcessId = running?.ProcessId,
            Version = running?.Version,
            NodeName = running?.Node ?? settings.Server.NodeName,
            VersionText = settings.Server.VersionText,
            CookieEnabled = settings.Server.Cookies.Enabled,
            RateLimit = settings.Server.RateLimit?.ResponsesPerSecond ?? 0,
            RateLimitWindow = settings.Server.RateLimit?.Window,
            RateLimitSlip = settings.Server.RateLimit?.Slip,
            RateLimitIPv4PrefixLength = settings.Server.RateLimit?.IPv4PrefixLength,
            RateLimitIPv6PrefixLength = settings.Server.RateLimit?.IPv6PrefixLength,
            TcpConnectionLimit = settings.Server.Tcp.MaxConnections,
            TcpClientConnectionLimit = settings.Server.Tcp.MaxConnectionsPerClient,
            TcpIdleTimeout = settings.Server.Tcp.IdleTimeout,
            RateLimitExempt = [.. (settings.Server.RateLimit?.ExemptNetworks ?? []).Select(network => network.ToString())],
            ListenAddress = [.. settings.Server.ListenAddresses],
            Port = settings.Server.Port,
            TlsPort = settings.Server.TlsPort,
            CertificateSubject = settings.Server.Identity?.Certificate.Subject,
            CertificateNotAfter = settings.Server.Identity?.Certificate.NotAfter.ToUniversalTime(),
            CertificatePin = settings.Server.Identity?.Pin,
            HealthCheckInterval = settings.Server.HealthCheckInterval,
            RootHint = [.. settings.Server.Lookups.RootHints.Select(server => server.ToString())],
            Resolver = [.. settings.Server.Lookups.Resolvers.Select(server => server.ToString())],
            TransferSource = [.. settings.Server.TransferSources],
            EndPoints = [.. (running?.EndPoints ?? []).Select(endPoint => endPoint.ToString())],
            TlsEndPoints = [.. (running?.TlsEndPoints ?? []).Select(endPoint => endPoint.ToString())],
            PermitAddress = ServiceAddresses.ToPermit(settings, running),
            NotifyAddress = [.. ServiceAddresses.ToNotify(settings, running).Select(endPoint => endPoint.ToString())],
            Started = running?.Started.UtcDateTime,
            SettingsApplied = running?.AppliedGeneration >= settings.Generation,
            StorePath = store.Folder,
            Reason = last?.Failure?.Reason ?? FailureReason.None,
            Message = wasKilled ? $"The server (process {last!.ProcessId}) ended without having been stopped, after {last.Heartbeat:u}." : last?.Failure?.Message,
            Remedy = wasKilled ? "Start it again with Start-SecondaryServer; the end of managed-dnsd.log in the store's folder may tell why." : last?.Failure?.Remedy,
        };
    }
}
