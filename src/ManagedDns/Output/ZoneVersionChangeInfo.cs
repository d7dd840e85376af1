namespace ManagedDns.Output;

public enum RecordChange
{
    Removed,
    Added,
}

/// <summary>One record in which two versions of a zone differ.</summary>
public sealed class ZoneVersionChangeInfo
{
    public required string Zone { get; init; }

    public RecordChange Change { get; init; }

    public required string Owner { get; init; }

    /// <summary>In seconds.</summary>
    public uint Ttl { get; init; }

    public required string Type { get; init; }

    /// <summary>In presentation format.</summary>
    public required string Data { get; init; }

    public override string ToString() => $"{(Change == RecordChange.Added ? '+' : '-')} {Owner} {Ttl} IN {Type} {Data}";
}
