using System.Net;

namespace ManagedDns.Output;

/// <summary>One primary in a common setting.</summary>
public sealed class PrimaryNameServerInfo
{
    public required string Name { get; init; }

    public required string CommonSetting { get; init; }

    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    public string TsigKey { get; init; } = "";

    /// <summary>Lower is tried first.</summary>
    public int Priority { get; init; }

    public bool Enabled { get; init; }

    public override string ToString() => Name;
}
