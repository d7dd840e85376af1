namespace ManagedDns.Health;

/// <summary>The names of the checks: stable, for scripts that select by them.</summary>
public static class Checks
{
    // Of each primary.
    public const string Enabled = "Enabled";
    public const string OwnAddress = "OwnAddress";
    public const string SoaOverUdp = "SoaOverUdp";
    public const string SoaOverTcp = "SoaOverTcp";
    public const string RoundTrip = "RoundTrip";
    public const string Authoritative = "Authoritative";
    public const string Tsig = "Tsig";
    public const string Axfr = "Axfr";
    public const string Ixfr = "Ixfr";
    public const string Serial = "Serial";
    public const string Notify = "Notify";

    // Of the primaries together.
    public const string SerialAgreement = "SerialAgreement";

    // Of the zone.
    public const string Server = "Server";
    public const string Proxy = "Proxy";
    public const string State = "State";
    public const string Answer = "Answer";
    public const string Expiry = "Expiry";
    public const string NameServers = "NameServers";
    public const string HiddenPrimary = "HiddenPrimary";
    public const string PrimaryName = "PrimaryName";
    public const string Signatures = "Signatures";

    // Of the parent.
    public const string Delegation = "Delegation";
    public const string Glue = "Glue";
    public const string HostAddresses = "HostAddresses";
    public const string Ds = "Ds";
}
