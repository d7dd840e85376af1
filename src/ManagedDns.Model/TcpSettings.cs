namespace ManagedDns.Model;

/// <summary>What clients may take up over TCP, and as much again over TLS, on each listen address (RFC 7766 §6, RFC 9210 §4).</summary>
/// <param name="MaxConnections">Connections at a time, 1 to <see cref="MostConnections"/>. One more closes the one that has been idle longest.</param>
/// <param name="MaxConnectionsPerClient">Connections of one address at a time. One more is closed at once.</param>
public sealed record TcpSettings(int MaxConnections = 4096, int MaxConnectionsPerClient = 256)
{
    public const int MostConnections = 1_000_000;

    public static readonly TimeSpan ShortestIdleTimeout = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestIdleTimeout = TimeSpan.FromHours(1);

    /// <summary>How long a connection may go without a whole message, or an answer without being taken. Clients are told (RFC 7828).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
