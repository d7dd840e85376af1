using System.Net;

namespace ManagedDns.Output;

/// <summary>One server that is told of new versions of a common setting's zones.</summary>
public sealed class NotifyTargetInfo
{
    public required string CommonSetting { get; init; }

    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    public string TsigKey { get; init; } = "";

    public override string ToString() =>
        TsigKey.Length == 0 ? new IPEndPoint(Address, Port).ToString() : $"{new IPEndPoint(Address, Port)} key {TsigKey}";
}
