using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A zone this service knows, its settings and where it stands.</summary>
public sealed class ManagedZoneInfo
{
    public required string Name { get; init; }

    public required string CommonSetting { get; init; }

    public bool ProxyEnabled { get; init; }

    public bool HiddenPrimary { get; init; }

    /// <summary>The master file the zone comes from instead of a transfer.</summary>
    public string? ZoneFile { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>The catalog, another server's, that may take the zone over from ours.</summary>
    public string? NewCatalog { get; init; }

    /// <summary>Null until the server has seen the zone.</summary>
    public ZoneState? State { get; init; }

    public uint? PublishedSerial { get; init; }

    public long? RecordCount { get; init; }

    public override string ToString() => Name;
}
