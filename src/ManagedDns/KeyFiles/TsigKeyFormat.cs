namespace ManagedDns.KeyFiles;

/// <summary>The name servers whose way of writing TSIG keys we know.</summary>
public enum TsigKeyFormat
{
    Bind9, Nsd, Knot, PowerDns,
}
