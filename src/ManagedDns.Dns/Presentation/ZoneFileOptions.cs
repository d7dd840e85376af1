namespace ManagedDns.Dns.Presentation;

/// <summary>How a zone file is read.</summary>
public sealed record ZoneFileOptions
{
    public static readonly ZoneFileOptions Default = new();

    /// <summary>The class of records before the first one that names its class.</summary>
    public RecordClass Class { get; init; } = RecordClass.IN;

    /// <summary>How many errors are collected before reading is given up.</summary>
    public int MaxErrors { get; init; } = 10;

    /// <summary>How many files may include each other.</summary>
    public int MaxIncludeDepth { get; init; } = 16;
}
