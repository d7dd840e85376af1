namespace ManagedDns.Output;

/// <summary>One resource record of a zone, RDATA in presentation format.</summary>
public sealed class ManagedZoneRecordInfo
{
    public required string Zone { get; init; }

    /// <summary>The owner without the final dot.</summary>
    public required string Owner { get; init; }

    /// <summary>In seconds.</summary>
    public uint Ttl { get; init; }

    /// <summary>The type's mnemonic, or TYPE12345.</summary>
    public required string Type { get; init; }

    public required string Data { get; init; }

    public override string ToString() => $"{Owner} {Ttl} IN {Type} {Data}";
}
