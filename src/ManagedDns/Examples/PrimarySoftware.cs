namespace ManagedDns.Examples;

/// <summary>The name servers for which we know what to put on a primary.</summary>
public enum PrimarySoftware
{
    Bind9, Nsd, Knot, PowerDns, WindowsDns,
}
