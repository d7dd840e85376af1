using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A named set of settings that many zones share.</summary>
public sealed class CommonSettingInfo
{
    public required string Name { get; init; }

    /// <summary>Whether zones get it that name none.</summary>
    public bool Default { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>The primaries in the order in which they are tried.</summary>
    public string[] PrimaryNameServers { get; init; } = [];

    /// <summary>Who may transfer the zones from us: networks, with their key where there is one.</summary>
    public string[] ZoneTransferAcl { get; init; } = [];

    /// <summary>Whom we tell of new versions.</summary>
    public string[] NotifyTargets { get; init; } = [];

    public CheckAction ApexNameServerCheck { get; init; }

    public CheckAction NameServerAddressCheck { get; init; }

    public CheckAction ExclusiveRecordCheck { get; init; }

    public CheckAction RecordFormCheck { get; init; }

    public CheckAction ZoneDigestCheck { get; init; }

    public CheckAction SignatureLifetimeCheck { get; init; }

    public CheckAction SignatureCheck { get; init; }

    public CheckAction RecordLossCheck { get; init; }

    public int MaxLossPercent { get; init; }

    /// <summary>Octets, after which a transfer from a primary is given up.</summary>
    public long MaxTransferSize { get; init; }

    /// <summary>Records, after which a transfer from a primary is given up.</summary>
    public long MaxTransferRecordCount { get; init; }

    /// <summary>Time without an octet, after which a transfer from a primary is given up.</summary>
    public TimeSpan TransferIdleTimeout { get; init; }

    /// <summary>Octets a second on average, below which a transfer from a primary is given up after two minutes.</summary>
    public long MinTransferRate { get; init; }

    /// <summary>Networks whose NOTIFY is heard beside that of the primaries.</summary>
    public string[] NotifySender { get; init; } = [];

    /// <summary>How many zones it is applied to.</summary>
    public int ZoneCount { get; init; }

    public override string ToString() => Name;
}
