using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>How the server of a store is set and how it runs, as one object.</summary>
internal static class ServerView
{
    /// <summary>The server writes its row every five seconds.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    /// <summary>Octets, below which a disk counts as full: what a small transaction needs.</summary>
    private const long LittleRoom = 1 << 20;

    public static SecondaryServerInfo Show(ManagedDnsStore store)
    {
        var settings = store.ReadSettings();
        var last = store.Status.Server();
        var running = RunningServer.Find(store);
        var failure = running is null ? last?.Failure : Silence(store, running) ?? running.Failure ?? running.StorageFailure;
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
            PermitAddress = ServiceAddresses.ToPermit(settings, running, settings.Primaries),
            NotifyAddress = [.. ServiceAddresses.ToNotify(settings, running).Select(endPoint => endPoint.ToString())],
            Started = running?.Started.UtcDateTime,
            SettingsApplied = running?.AppliedGeneration >= settings.Generation,
            StorePath = store.Folder,
            Reason = failure?.Reason ?? FailureReason.None,
            Message = wasKilled ? $"The server (process {last!.ProcessId}) ended without having been stopped, after {last.Heartbeat:u}." : failure?.Message,
            Remedy = wasKilled ? "Start it again with Start-SecondaryServer; the end of managed-dnsd.log in the store's folder may tell why." : failure?.Remedy,
        };
    }

    /// <summary>A server that runs and does not write its row: it cannot tell why itself.</summary>
    private static Failure? Silence(ManagedDnsStore store, ServerStatus running)
    {
        if (DateTimeOffset.UtcNow - running.Heartbeat < s_silence)
        {
            return null;
        }

        var message = $"The server runs as process {running.ProcessId}, but what it shows was last written at {running.Heartbeat:u}";
        return new DriveInfo(store.Folder).AvailableFreeSpace < LittleRoom
            ? new(
                FailureReason.StoreFull, null, $"{message}: the disk of '{store.Folder}' is full.",
                "Make room on the disk; the server then goes on by itself.")
            : new(
                FailureReason.StoreFailed, null, $"{message}.",
                "Look at the end of managed-dnsd.log in the store's folder; if it does not go on by itself, Restart-SecondaryServer.");
    }
}
