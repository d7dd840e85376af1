using ManagedDns.Dns.Tsig;

namespace ManagedDns.Output;

/// <summary>A TSIG key without its secret.</summary>
public class TsigKeyInfo
{
    public required string Name { get; init; }

    public required TsigAlgorithm Algorithm { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>Eight digits that are alike wherever name, algorithm and secret are: they compare secrets without telling them.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The name of the key that is taking this one's place; null: none is.</summary>
    public string? Successor { get; init; }

    /// <summary>Since when (UTC).</summary>
    public DateTime? RolloverStarted { get; init; }

    /// <summary>Everything that uses the key, as <c>PrimaryNameServer ns1</c>.</summary>
    public string[] UsedBy { get; init; } = [];

    public override string ToString() => Name;
}

/// <summary>A TSIG key that was just made, with its secret in Base64: shown this once, and by Export-TsigKey.</summary>
public sealed class NewTsigKeyInfo : TsigKeyInfo
{
    public required string Secret { get; init; }
}
