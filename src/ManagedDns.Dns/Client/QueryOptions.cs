namespace ManagedDns.Dns.Client;

/// <summary>How a question is asked.</summary>
public sealed record QueryOptions
{
    public static readonly QueryOptions Default = new();

    /// <summary>Queries sent over UDP before giving up, each with an id and a port of its own.</summary>
    public int Tries { get; init; } = 3;

    /// <summary>How long the first try waits over UDP; each further one waits twice as long as the one before, up to <see cref="MaxTimeout"/>. Over TCP the whole exchange has <see cref="MaxTimeout"/>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1.5);

    public TimeSpan MaxTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null: UDP first, TCP when the answer is truncated. A remote with terms for TLS is asked over TLS whatever stands here.</summary>
    public DnsTransport? Transport { get; init; }

    public bool RecursionDesired { get; init; }

    /// <summary>Sends an OPT record with this payload size (RFC 6891); null: none.</summary>
    public ushort? UdpPayloadSize { get; init; }

    /// <summary>The DO flag; needs a payload size.</summary>
    public bool DnssecOk { get; init; }

    /// <summary>Asks how long the server would serve the zone without its primary (EXPIRE, RFC 7314); needs a payload size.</summary>
    public bool AsksExpire { get; init; }

    /// <summary>The longest time that a try waits.</summary>
    internal TimeSpan TimeoutOf(int attempt) => TimeSpan.FromTicks(Math.Min(MaxTimeout.Ticks, Timeout.Ticks << Math.Min(attempt, 16)));
}
