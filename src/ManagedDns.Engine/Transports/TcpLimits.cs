using ManagedDns.Model;

namespace ManagedDns.Engine.Transports;

/// <summary>What TCP clients may take up (RFC 7766 §6.2, RFC 9210 §4).</summary>
public sealed record TcpLimits
{
    public static readonly TcpLimits Default = new();

    /// <summary>Connections at a time. One more closes the one that has been idle longest.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Connections of one address at a time. One more is closed at once.</summary>
    public int MaxConnectionsPerClient { get; init; } = 256;

    /// <summary>Transfers that one connection may have under way.</summary>
    public int MaxTransfersPerConnection { get; init; } = 16;

    /// <summary>Connections at a time that have not taken their answers: each takes some 100 KB. One more such is closed at once.</summary>
    public int MaxSlowClients { get; init; } = 256;

    /// <summary>How long a connection may go without a whole message, or an answer without being taken.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    internal static TcpLimits From(TcpSettings settings) => Default with
    {
        MaxConnections = settings.MaxConnections,
        MaxConnectionsPerClient = settings.MaxConnectionsPerClient,
        IdleTimeout = settings.IdleTimeout,
    };
}
