using System.Collections;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>A catalog zone and what came of its newest version.</summary>
public sealed class CatalogZoneInfo
{
    public required string Name { get; init; }

    public CatalogRole Role { get; init; }

    /// <summary>The common setting of members without a group; empty: the catalog's own.</summary>
    public string MemberSetting { get; init; } = "";

    public TimeSpan GracePeriod { get; init; }

    /// <summary>Groups and their common settings.</summary>
    public Hashtable Group { get; init; } = [];

    /// <summary>The newest version looked at, or made.</summary>
    public uint? Serial { get; init; }

    /// <summary>The newest version that was in order.</summary>
    public uint? AppliedSerial { get; init; }

    /// <summary>The zones it has made here, or lists.</summary>
    public int Members { get; init; }

    /// <summary>Those that it lists no more.</summary>
    public int Leaving { get; init; }

    /// <summary>Those that it lists and others have.</summary>
    public int Clashes { get; init; }

    public DateTime? LastCheck { get; init; }

    /// <summary>Why the newest version was not applied.</summary>
    public FailureReason Reason { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }

    public override string ToString() => Name;
}
