using ManagedDns.Dns.Tsig;

namespace ManagedDns.Output;

/// <summary>A TSIG key without its secret.</summary>
public class TsigKeyInfo
{
    public required string Name { get; init; }

    public required TsigAlgorithm Algorithm { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>Everything that uses the key, as <c>PrimaryNameServer ns1</c>.</summary>
    public string[] UsedBy { get; init; } = [];

    public override string ToString() => Name;
}

/// <summary>A TSIG key that was just made, with its secret in Base64: shown this once, and by Export-TsigKey.</summary>
public sealed class NewTsigKeyInfo : TsigKeyInfo
{
    public required string Secret { get; init; }
}
