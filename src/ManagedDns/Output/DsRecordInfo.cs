using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Output;

/// <summary>A DS record to hand to the registrar, in its parts and as a line of a master file.</summary>
public sealed class DsRecordInfo
{
    public required string Zone { get; init; }

    public ushort KeyTag { get; init; }

    public DnssecAlgorithm Algorithm { get; init; }

    public DsDigestType DigestType { get; init; }

    public string Digest { get; init; } = "";

    /// <summary>The DNSKEY, for registries that want the key itself.</summary>
    public string DnsKey { get; init; } = "";

    /// <summary>The record in presentation format, as it stands in master files and in the dsset- files of BIND.</summary>
    public string Record { get; init; } = "";

    /// <summary>All that registrars' forms ask for, a line each.</summary>
    public string Text { get; init; } = "";

    public override string ToString() => Record;
}
