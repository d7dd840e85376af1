namespace ManagedDns.Output;

/// <summary>One rule of who may transfer a common setting's zones from us: network and, where given, key must both match.</summary>
public sealed class ZoneTransferAclInfo
{
    public required string CommonSetting { get; init; }

    /// <summary>In CIDR form, as <c>192.0.2.0/24</c>.</summary>
    public required string Network { get; init; }

    public string TsigKey { get; init; } = "";

    public override string ToString() => TsigKey.Length == 0 ? Network : $"{Network} key {TsigKey}";
}
