using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>What a health check is about: a zone, how it is set, and what the server has observed of it.</summary>
/// <param name="Status">Null until the server has seen the zone.</param>
/// <param name="Running">The server's own row; null while none runs.</param>
public sealed record ZoneSubject(ManagedZone Zone, ServiceSettings Settings, ZoneStatus? Status, ServerStatus? Running)
{
    public string Name => Zone.Name.ToDisplayString();

    /// <summary>Whether it is a catalog zone (RFC 9432): secondaries read it, the world is not delegated to it.</summary>
    public bool IsCatalog => Settings.Catalogs.ContainsKey(Zone.Id);

    /// <summary>Whether the zone is a catalog that is made here of our own zones.</summary>
    public bool IsMadeHere => Settings.Catalogs.GetValueOrDefault(Zone.Id)?.Role == CatalogRole.Producer;

    /// <summary>
    /// The zone's primaries in the order in which they are tried; none for a zone from a master file, nor for one that is made here.
    /// </summary>
    public IReadOnlyList<PrimaryNameServer> Primaries => Zone.ZoneFile is not null || IsMadeHere
        ? []
        : [.. Settings.Primaries.Where(p => p.CommonSettingId == Zone.CommonSettingId).OrderBy(p => p.Priority).ThenBy(p => p.Id)];

    /// <summary>Looks through the zone's kept records for when its signatures end; null: nobody can look. Runs on the checker's thread.</summary>
    public Func<SignatureHorizon?>? Signatures { get; init; }
}
