using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>All that one step of a zone's keys goes by (<see cref="KeyLife"/>).</summary>
/// <param name="ZoneTtl">The longest TTL in the zone.</param>
/// <param name="Ds">What the parent showed last; null: nothing yet.</param>
/// <param name="NewKey">Makes a key of an algorithm and a role.</param>
internal sealed record KeyTurn(
    ZoneSigning Signing, DomainName Zone, KeyRing Ring, TimeSpan ZoneTtl, DsObservation? Ds, DateTimeOffset Now,
    Func<DnssecAlgorithm, KeyRole, ZoneKey> NewKey)
{
    public SigningPolicy Policy => Signing.Policy;

    public KeyWait Wait { get; } = new(Ds, Now);

    /// <summary>How long until every cache has a DNSKEY RRset that is published now.</summary>
    public TimeSpan KeysEverywhere => Policy.PropagationDelay + Policy.KeyTtl;

    /// <summary>How long until every cache has what is signed now.</summary>
    public TimeSpan DataEverywhere => Policy.PropagationDelay + (ZoneTtl > Policy.KeyTtl ? ZoneTtl : Policy.KeyTtl);
}
