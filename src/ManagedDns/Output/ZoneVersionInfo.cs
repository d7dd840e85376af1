namespace ManagedDns.Output;

public enum ZoneVersionState
{
    /// <summary>The newest one that is kept: it is served, or will be within moments.</summary>
    Current,

    Earlier,

    /// <summary>A check kept it from being published.</summary>
    Rejected,
}

/// <summary>One version of a zone that the server knows of.</summary>
public sealed class ZoneVersionInfo
{
    public required string Zone { get; init; }

    public uint Serial { get; init; }

    public ZoneVersionState State { get; init; }

    public long RecordCount { get; init; }

    /// <summary>Records that it has and the version before has not, the SOA among them; null where that is not known.</summary>
    public long? Added { get; init; }

    /// <summary>Records that the version before has and it has not.</summary>
    public long? Removed { get; init; }

    /// <summary>When it came; null for the oldest one whose coming is not kept.</summary>
    public DateTime? Received { get; init; }

    /// <summary>Of a rejected version: why.</summary>
    public string? Message { get; init; }

    public override string ToString() => $"{Zone} {Serial}";
}
