using System.Collections.Immutable;
using System.Management.Automation;
using System.Net;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>What New- and Set-CommonSetting have in common: what new versions of the zones must be like, and whose NOTIFY is heard.</summary>
public abstract class CommonSettingChangeCmdlet : ChangeCmdlet
{
    /// <summary>When the apex has no NS records.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction ApexNameServerCheck { get; set; }

    /// <summary>When a name server that lies in the zone has no address in it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction NameServerAddressCheck { get; set; }

    /// <summary>When a name has a CNAME and other data, or more than one CNAME or DNAME.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction ExclusiveRecordCheck { get; set; }

    /// <summary>When the data of a record do not have the form of its type.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction RecordFormCheck { get; set; }

    /// <summary>When the zone has a ZONEMD record and its content another digest.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction ZoneDigestCheck { get; set; }

    /// <summary>When a signature of a signed zone ends before the zone would expire.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction SignatureLifetimeCheck { get; set; }

    /// <summary>When something in a signed zone that must be signed is not, or not validly. Costs a verification for each RRset.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction SignatureCheck { get; set; }

    /// <summary>When more than MaxLossPercent of the records are gone.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public CheckAction RecordLossCheck { get; set; }

    /// <summary>The share of the records, in percent, that a new version may lack before RecordLossCheck acts.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 99)]
    [Number]
    public int MaxLossPercent { get; set; }

    /// <summary>Octets, after which a transfer from a primary is given up (TooLarge). A quarter of the memory is the limit in any case.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Number(Least = 1, Most = long.MaxValue)]
    public long MaxTransferSize { get; set; }

    /// <summary>Records, after which a transfer from a primary is given up (TooLarge).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Number(Least = 1, Most = long.MaxValue)]
    public long MaxTransferRecordCount { get; set; }

    /// <summary>Time without an octet, after which a transfer from a primary is given up (Timeout); a second to an hour.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan TransferIdleTimeout { get; set; }

    /// <summary>
    /// Octets a second on average, below which a transfer from a primary is given up (TooSlow) once it has lasted two minutes; 0: any rate will do.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Number(Least = 0, Most = long.MaxValue)]
    public long MinTransferRate { get; set; }

    /// <summary>Networks (or addresses) whose NOTIFY is heard beside that of the primaries.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[] NotifySender { get; set; } = [];

    /// <summary>The settings with what was given; parsed now, for the cmdlet's parameters change with the next item.</summary>
    private protected Func<CommonSetting, CommonSetting> Changes()
    {
        CheckAction? Given(string parameter, CheckAction action) => IsBound(parameter) ? action : null;
        var (apex, addresses) = (Given(nameof(ApexNameServerCheck), ApexNameServerCheck), Given(nameof(NameServerAddressCheck), NameServerAddressCheck));
        var (exclusive, form) = (Given(nameof(ExclusiveRecordCheck), ExclusiveRecordCheck), Given(nameof(RecordFormCheck), RecordFormCheck));
        var (digest, lifetime) = (Given(nameof(ZoneDigestCheck), ZoneDigestCheck), Given(nameof(SignatureLifetimeCheck), SignatureLifetimeCheck));
        var (signatures, loss) = (Given(nameof(SignatureCheck), SignatureCheck), Given(nameof(RecordLossCheck), RecordLossCheck));
        int? percent = IsBound(nameof(MaxLossPercent)) ? MaxLossPercent : null;
        ImmutableArray<IPNetwork>? senders = IsBound(nameof(NotifySender)) ? [.. (NotifySender ?? []).Select(Names.ParseNetwork)] : null;
        long? GivenNumber(string parameter, long value) => IsBound(parameter) ? value : null;
        var (size, records) = (GivenNumber(nameof(MaxTransferSize), MaxTransferSize), GivenNumber(nameof(MaxTransferRecordCount), MaxTransferRecordCount));
        var rate = GivenNumber(nameof(MinTransferRate), MinTransferRate);
        TimeSpan? idle = IsBound(nameof(TransferIdleTimeout)) ? TransferIdleTimeout : null;
        return old => old with
        {
            Limits = old.Limits with
            {
                MaxBytes = size ?? old.Limits.MaxBytes,
                MaxRecords = records ?? old.Limits.MaxRecords,
                Idle = idle ?? old.Limits.Idle,
                MinimumRate = rate ?? old.Limits.MinimumRate,
            },
            Checks = old.Checks with
            {
                ApexNameServers = apex ?? old.Checks.ApexNameServers,
                NameServerAddresses = addresses ?? old.Checks.NameServerAddresses,
                ExclusiveRecords = exclusive ?? old.Checks.ExclusiveRecords,
                RecordForm = form ?? old.Checks.RecordForm,
                ZoneDigest = digest ?? old.Checks.ZoneDigest,
                SignatureLifetime = lifetime ?? old.Checks.SignatureLifetime,
                Signatures = signatures ?? old.Checks.Signatures,
                RecordLoss = loss ?? old.Checks.RecordLoss,
                MaxLossPercent = percent ?? old.Checks.MaxLossPercent,
            },
            NotifySenders = senders ?? old.NotifySenders,
        };
    }
}
