using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Output;

/// <summary>How a DS record at the parent fits the keys of a zone.</summary>
public enum DsVerdict
{
    /// <summary>It belongs to a key that the parent should know.</summary>
    Matches,

    /// <summary>A key that the parent should know has no DS there.</summary>
    Missing,

    /// <summary>It belongs to no key of the zone, or to one that is on its way out.</summary>
    Stale,

    /// <summary>It names a key of the zone with a digest of something else.</summary>
    WrongDigest,

    /// <summary>Its algorithm is none that validators know.</summary>
    UnknownAlgorithm,

    /// <summary>Its digest is none that is made here: SHA-1, which must not be used any more, or one that nobody knows.</summary>
    UnknownDigest,

    /// <summary>The server says nothing that counts.</summary>
    NoAnswer,
}

/// <summary>One DS record at one server of the parent, or one that is not there.</summary>
public sealed class DsRecordTestResult
{
    public required string Zone { get; init; }

    /// <summary>The server of the parent.</summary>
    public required string Server { get; init; }

    public required DsVerdict Verdict { get; init; }

    public ushort? KeyTag { get; init; }

    public DnssecAlgorithm? Algorithm { get; init; }

    public DsDigestType? DigestType { get; init; }

    /// <summary>What was found.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it; null where nothing is to be done.</summary>
    public string? Remedy { get; init; }

    /// <summary>With <see cref="DsVerdict.NoAnswer"/>: why.</summary>
    public FailureReason Reason { get; init; }
}
