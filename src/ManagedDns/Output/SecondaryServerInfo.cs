using System.Net;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>The server of a store: how it is set, and how it runs.</summary>
public sealed class SecondaryServerInfo
{
    /// <summary>Stopped where no process serves the store, whatever it last reported.</summary>
    public required ServerState State { get; init; }

    /// <summary>Null while none runs.</summary>
    public int? ProcessId { get; init; }

    public string? Version { get; init; }

    public required string NodeName { get; init; }

    /// <summary>What is told of the software; empty: nothing.</summary>
    public string VersionText { get; init; } = "";

    public bool CookieEnabled { get; init; }

    /// <summary>Like responses a second over UDP to one network; 0: not limited.</summary>
    public int RateLimit { get; init; }

    /// <summary>Null where responses are not limited, here and below.</summary>
    public int? RateLimitWindow { get; init; }

    public int? RateLimitSlip { get; init; }

    /// <summary>The leading bits of an address that make one network.</summary>
    public int? RateLimitIPv4PrefixLength { get; init; }

    public int? RateLimitIPv6PrefixLength { get; init; }

    public string[] RateLimitExempt { get; init; } = [];

    /// <summary>TCP connections at a time on each listen address, and as many over TLS.</summary>
    public int TcpConnectionLimit { get; init; }

    /// <summary>Of those, connections of one client.</summary>
    public int TcpClientConnectionLimit { get; init; }

    public TimeSpan TcpIdleTimeout { get; init; }

    /// <summary>The addresses set to listen on.</summary>
    public IPAddress[] ListenAddress { get; init; } = [];

    /// <summary>The port set; 0 picks a free one.</summary>
    public int Port { get; init; }

    /// <summary>The port set for DNS over TLS; null: none.</summary>
    public int? TlsPort { get; init; }

    /// <summary>What the server's certificate was issued for; null: there is none.</summary>
    public string? CertificateSubject { get; init; }

    /// <summary>UTC.</summary>
    public DateTime? CertificateNotAfter { get; init; }

    /// <summary>SHA-256 of the certificate's key in base64, as others pin it.</summary>
    public string? CertificatePin { get; init; }

    /// <summary>How often the server runs each zone's health check; zero: never.</summary>
    public TimeSpan HealthCheckInterval { get; init; }

    /// <summary>Root servers of one's own, from which the parents of signed zones are found; none: the Internet's.</summary>
    public string[] RootHint { get; init; } = [];

    /// <summary>Resolving name servers that are asked instead.</summary>
    public string[] Resolver { get; init; } = [];

    public IPAddress[] TransferSource { get; init; } = [];

    /// <summary>Where it really listens, UDP and TCP alike, as address and port.</summary>
    public string[] EndPoints { get; init; } = [];

    /// <summary>Where it really listens for DNS over TLS.</summary>
    public string[] TlsEndPoints { get; init; } = [];

    /// <summary>
    /// The addresses that primaries must permit to transfer: those set by -TransferSource, else those that the system picks on the way to them.
    /// </summary>
    public IPAddress[] PermitAddress { get; init; } = [];

    /// <summary>Where primaries must send NOTIFY, as address and port.</summary>
    public string[] NotifyAddress { get; init; } = [];

    /// <summary>UTC.</summary>
    public DateTime? Started { get; init; }

    /// <summary>Whether the running server has applied every setting in the store.</summary>
    public bool SettingsApplied { get; init; }

    public required string StorePath { get; init; }

    public FailureReason Reason { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }
}
