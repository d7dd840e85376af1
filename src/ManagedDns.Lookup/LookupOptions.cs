namespace ManagedDns.Lookup;

/// <summary>How patiently name servers are asked.</summary>
public sealed record LookupOptions
{
    public static readonly LookupOptions Default = new();

    /// <summary>How long one try waits.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often one server is asked over UDP before it counts as silent.</summary>
    public int Tries { get; init; } = 2;

    /// <summary>The port of name servers that are found on the way, by their names.</summary>
    public int Port { get; init; } = 53;
}
