using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Lookup;

/// <summary>What one server of the parent zone says about the delegation of a zone.</summary>
/// <param name="Parent">The parent zone's apex.</param>
/// <param name="NameServers">The NS set of the delegation, in canonical order; empty where there is none.</param>
/// <param name="Glue">The A and AAAA records that came with the NS set.</param>
/// <param name="DsRecords">The DS set, empty where the delegation is not signed.</param>
/// <param name="IsFromChild">
/// The server has the zone itself too and answered with the zone's own NS set, so that the parent's cannot be seen there.
/// </param>
/// <param name="Failure">Why this server could not be asked; then the rest is empty.</param>
public sealed record ParentView(
    IPEndPoint Server, DomainName Parent, IReadOnlyList<DomainName> NameServers, IReadOnlyList<ResourceRecord> Glue, IReadOnlyList<ResourceRecord> DsRecords,
    bool IsFromChild, Failure? Failure);
