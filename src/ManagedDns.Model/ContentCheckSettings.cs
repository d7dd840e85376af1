namespace ManagedDns.Model;

/// <summary>What a finding of a content check does.</summary>
public enum CheckAction
{
    /// <summary>The check is not made.</summary>
    Off,

    /// <summary>The version is published; log and status tell the finding.</summary>
    Warn,

    /// <summary>The version is not published; the one before stays in service.</summary>
    Reject,
}

/// <summary>
/// What a new version of a zone must be like to be published. That it has one SOA, in class IN, and no name outside the zone is not for choosing.
/// </summary>
public sealed record ContentCheckSettings
{
    public static readonly ContentCheckSettings Default = new();

    /// <summary>The apex has NS records.</summary>
    public CheckAction ApexNameServers { get; init; } = CheckAction.Reject;

    /// <summary>Names in NS records that lie in the zone have addresses there (glue, where they lie below a zone cut).</summary>
    public CheckAction NameServerAddresses { get; init; } = CheckAction.Warn;

    /// <summary>CNAME stands alone, and CNAME and DNAME once at a name (RFC 1034 §3.6.2, RFC 2181 §10.1, RFC 6672 §2.4).</summary>
    public CheckAction ExclusiveRecords { get; init; } = CheckAction.Reject;

    /// <summary>The data of each record have the form of its type. Types that are not known have none (RFC 3597).</summary>
    public CheckAction RecordForm { get; init; } = CheckAction.Reject;

    /// <summary>Where the apex has a ZONEMD record of a kind that is known, the zone's digest is one of those (RFC 8976).</summary>
    public CheckAction ZoneDigest { get; init; } = CheckAction.Reject;

    /// <summary>Signatures of a signed zone end later than SOA EXPIRE from now: it may have to be served for so long.</summary>
    public CheckAction SignatureLifetime { get; init; } = CheckAction.Warn;

    /// <summary>All RRsets of a signed zone that must be signed are, by its own keys. Off by default: it costs a verification for each of them.</summary>
    public CheckAction Signatures { get; init; } = CheckAction.Off;

    /// <summary>No more than <see cref="MaxLossPercent"/> of the records are gone, of a zone that had a hundred or more.</summary>
    public CheckAction RecordLoss { get; init; } = CheckAction.Reject;

    /// <summary>1 to 99.</summary>
    public int MaxLossPercent { get; init; } = 80;
}
