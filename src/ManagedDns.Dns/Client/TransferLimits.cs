namespace ManagedDns.Dns.Client;

/// <summary>What a transfer may cost. A slow link is no fault: it ends a transfer only when nothing comes for <see cref="Idle"/> or less than <see cref="MinimumRate"/>.</summary>
public sealed record TransferLimits
{
    public static readonly TransferLimits Default = new();

    /// <summary>Octets received, all messages together.</summary>
    public long MaxBytes { get; init; } = 16L << 30;

    /// <summary>Octets that all transfers that somebody runs at a time may hold together; kept by who runs them.</summary>
    public long MaxMemory { get; init; } = 16L << 30;

    public long MaxRecords { get; init; } = 200_000_000;

    /// <summary>The longest time to wait for the connection.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest time without a single octet.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Octets per second on average, counted once <see cref="RateGrace"/> has passed; 0: any.</summary>
    public long MinimumRate { get; init; } = 100;

    public TimeSpan RateGrace { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>How far a running transfer is.</summary>
public readonly record struct TransferProgress(long Records, long Bytes, int Messages);
