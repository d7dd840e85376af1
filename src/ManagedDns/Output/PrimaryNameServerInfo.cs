using System.Net;
using ManagedDns.Model;

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

    /// <summary>Whether differences are asked for, or the whole zone each time.</summary>
    public TransferMode TransferMode { get; init; }

    /// <summary>Whether TLS is required.</summary>
    public bool Tls { get; init; }

    /// <summary>The name that its certificate must carry; null: any.</summary>
    public string? TlsHostName { get; init; }

    /// <summary>SHA-256 of its key in base64, one of which must match; none: any key.</summary>
    public string[] TlsPin { get; init; } = [];

    public override string ToString() => Name;
}
