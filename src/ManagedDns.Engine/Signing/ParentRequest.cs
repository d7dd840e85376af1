using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// What a version of a zone asks its parent for by CDS, where that concerns the keys of other signers: ours are followed through their lives.
/// </summary>
internal static class ParentRequest
{
    /// <summary>Whether another DS RRset is asked for than before, and one of the two is for another signer's key too.</summary>
    public static bool IsNewForOthers(ZoneContents before, ZoneContents version, IReadOnlyList<ZoneKey> own) =>
        (AsksForOthers(before, own) || AsksForOthers(version, own)) && !Asks(before).SetEquals(Asks(version));

    /// <summary>Waits for the DS of all keys, those of other signers among them.</summary>
    public static string Await(SigningPlan plan, DomainName zone, DsObservation? seen) => DsObservation.Await(
        $"the DS of {string.Join(", ", plan.ParentKeys.Select(key => $"key {key.Tag}"))}, and no other, at every name server of the parent", seen,
        answer => plan.ParentKeys.All(key => answer.Has(zone, key)) && answer.HasOnly(zone, plan.ParentKeys));

    private static HashSet<string> Asks(ZoneContents version) =>
        version.Find(version.Apex, RecordType.CDS).Select(record => Convert.ToHexString(record.Rdata.Span)).ToHashSet();

    private static bool AsksForOthers(ZoneContents version, IReadOnlyList<ZoneKey> own) => version.Find(version.Apex, RecordType.CDNSKEY)
        .Select(record => DnsKey.TryRead(record.Rdata.Span)).OfType<DnsKey>()
        .Any(key => key.IsZoneKey && own.All(other => !other.Public.Equals(key)));
}
