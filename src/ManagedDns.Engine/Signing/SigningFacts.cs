using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>What signing asks a version of a zone.</summary>
internal static class SigningFacts
{
    /// <summary>Whether it brings signatures of its own.</summary>
    public static unsafe bool ComesSigned(ZoneContents received)
    {
        var apex = received.Version.Header->ApexCell;
        return NameCell.Signatures(apex, NameCell.Find(apex, RecordType.SOA)) != null;
    }

    /// <summary>When it was signed, as RFC 4034 §3.1.5 counts; null: it is not signed.</summary>
    public static unsafe uint? InceptionOf(ZoneContents zone)
    {
        var apex = zone.Version.Header->ApexCell;
        var signatures = NameCell.Signatures(apex, NameCell.Find(apex, RecordType.SOA));
        return signatures != null && Rrsig.TryRead(SetWriter.Rdata(signatures->Records), out var signature) ? signature.Inception : null;
    }

    public static TimeSpan LongestTtl(ZoneContents zone)
    {
        var longest = 0u;
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            longest = Math.Max(longest, walk.Current.Ttl);
        }

        return TimeSpan.FromSeconds(longest);
    }
}
