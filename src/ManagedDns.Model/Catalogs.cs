using System.Collections.Immutable;
using ManagedDns.Dns;

namespace ManagedDns.Model;

public enum CatalogRole
{
    /// <summary>A primary's catalog: it makes and removes managed zones here.</summary>
    Consumer,

    /// <summary>A catalog made here of our own managed zones, for others to follow.</summary>
    Producer,
}

/// <summary>A managed zone that is a catalog zone (RFC 9432).</summary>
public sealed record CatalogZone(long ZoneId, CatalogRole Role)
{
    public static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromDays(1);

    /// <summary>The common setting of members that no group says otherwise for; null: that of the catalog zone itself.</summary>
    public long? MemberSettingId { get; init; }

    /// <summary>How long a zone that vanished from the catalog is served on before it is removed.</summary>
    public TimeSpan GracePeriod { get; init; } = DefaultGracePeriod;

    /// <summary>
    /// Groups and their common settings. A consumer applies the setting to the members of the group. A producer lists the zones of these settings only, in these
    /// groups; without any, all zones, each in a group with the name of its common setting.
    /// </summary>
    public ImmutableArray<CatalogGroup> Groups { get; init; } = [];

    public bool Equals(CatalogZone? other) =>
        other is not null && (ZoneId, Role, MemberSettingId, GracePeriod) == (other.ZoneId, other.Role, other.MemberSettingId, other.GracePeriod)
        && Groups.AsSpan().SequenceEqual(other.Groups.AsSpan());

    public override int GetHashCode() => ZoneId.GetHashCode();
}

/// <summary>A group's value in a catalog and the common setting that stands for it here. Values are compared octet by octet.</summary>
public sealed record CatalogGroup(string Name, long CommonSettingId);

/// <summary>One zone as a catalog lists it.</summary>
/// <param name="Id">The label of its member node; another one than before means: begin anew with this zone.</param>
/// <param name="Groups">In the order of the catalog's records.</param>
/// <param name="NewCatalog">The catalog that may take the zone over (property <c>coo</c>).</param>
public sealed record CatalogEntry(string Id, DomainName Zone, ImmutableArray<string> Groups, DomainName? NewCatalog)
{
    public bool Equals(CatalogEntry? other) =>
        other is not null && Id == other.Id && Zone == other.Zone && NewCatalog == other.NewCatalog && Groups.AsSpan().SequenceEqual(other.Groups.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Id, Zone);
}

/// <summary>What one version of a catalog that we follow says.</summary>
/// <param name="Entries">Empty where it is broken.</param>
/// <param name="Failure">Why nothing is taken from it; null: it is in order.</param>
public sealed record CatalogVersion(long ZoneId, uint Serial, ImmutableArray<CatalogEntry> Entries, Failure? Failure);

/// <summary>Takes what catalogs say. The settings change by that, as if a cmdlet had been called. Implementations are thread-safe.</summary>
public interface ICatalogSink
{
    void Take(CatalogVersion version);
}

public enum CatalogMemberState
{
    /// <summary>The zone is managed here because the catalog lists it.</summary>
    Active,

    /// <summary>The catalog lists the zone no more: it is served until the grace period has passed.</summary>
    Leaving,

    /// <summary>A zone of that name is managed here already, by hand or for another catalog: that one stays as it is.</summary>
    Clash,
}

/// <summary>A zone and what a catalog has made of it.</summary>
/// <param name="ZoneId">The managed zone; null where there is a clash.</param>
/// <param name="Since">When it came into this state. UTC.</param>
public sealed record CatalogMember(long CatalogId, CatalogEntry Entry, CatalogMemberState State, DateTimeOffset Since, long? ZoneId);

/// <summary>What came of the newest version of a catalog that we follow.</summary>
/// <param name="Serial">The newest version looked at.</param>
/// <param name="AppliedSerial">The newest one that was in order.</param>
/// <param name="Failure">Why the newest one was not applied; null: it was.</param>
public sealed record CatalogStatus(long ZoneId, uint Serial, uint? AppliedSerial, DateTimeOffset Time, Failure? Failure);
