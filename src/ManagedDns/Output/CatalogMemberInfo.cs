using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A zone that a catalog lists or listed, and what became of it here.</summary>
public sealed class CatalogMemberInfo
{
    public required string Name { get; init; }

    public required string CatalogZone { get; init; }

    public CatalogMemberState State { get; init; }

    /// <summary>The label of the member node.</summary>
    public string MemberId { get; init; } = "";

    public string[] Group { get; init; } = [];

    /// <summary>The catalog that may take the zone over (coo).</summary>
    public string? NewCatalog { get; init; }

    /// <summary>Of the managed zone; null where there is a clash.</summary>
    public string? CommonSetting { get; init; }

    /// <summary>When it came into its state.</summary>
    public DateTime Since { get; init; }

    /// <summary>When a zone that is leaving will be removed.</summary>
    public DateTime? RemovedAt { get; init; }

    public override string ToString() => Name;
}
