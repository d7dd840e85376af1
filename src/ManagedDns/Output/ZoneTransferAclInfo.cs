namespace ManagedDns.Output;

/// <summary>One rule of who may transfer a common setting's zones from us: network and, where given, key must both match.</summary>
public sealed class ZoneTransferAclInfo
{
    public required string CommonSetting { get; init; }

    /// <summary>In CIDR form, as <c>192.0.2.0/24</c>.</summary>
    public required string Network { get; init; }

    public string TsigKey { get; init; } = "";

    /// <summary>Whether the transfer must come over TLS.</summary>
    public bool RequireTls { get; init; }

    /// <summary>The pin of the key that the client must show a certificate with.</summary>
    public string? ClientPin { get; init; }

    public override string ToString() => Network + (TsigKey.Length == 0 ? "" : $" key {TsigKey}") + (RequireTls ? " over TLS" : "")
        + (ClientPin is null ? "" : $" with certificate {ClientPin}");
}
