using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates.Checks;

/// <summary>Compares a zone with the digests in its ZONEMD records (RFC 8976 §4). One that fits is enough; kinds that are unknown here say nothing.</summary>
internal static class ZoneDigestCheck
{
    private const int HeaderLength = 6;

    public static string? Check(ZoneContents zone)
    {
        var digests = zone.Find(zone.Apex, RecordType.ZONEMD).Where(IsKnown).ToList();
        var ofSerial = digests.Where(digest => BinaryPrimitives.ReadUInt32BigEndian(digest.Rdata.Span) == zone.Serial).ToList();
        if (digests.Count == 0)
        {
            return null;
        }

        if (ofSerial.Count == 0)
        {
            return $"The ZONEMD record of {zone.Apex.ToDisplayString()} is for another serial than {zone.Serial}.";
        }

        return ofSerial.Any(digest => Digest(zone, (ZoneDigestType)digest.Rdata.Span[5]).AsSpan().SequenceEqual(digest.Rdata.Span))
            ? null
            : $"The content of {zone.Apex.ToDisplayString()} is not that of which its ZONEMD record has the digest: it was altered or is not complete.";
    }

    /// <summary>The RDATA that the zone's ZONEMD record must have.</summary>
    internal static byte[] Digest(ZoneContents zone, ZoneDigestType type)
    {
        using var digest = new ZoneDigest(type);
        foreach (var owner in CanonicalOwners.Of(zone))
        {
            foreach (var set in owner.Sets)
            {
                if (owner.Owner != zone.Apex || (set.Key.Type != RecordType.ZONEMD && set.Key.Covered != RecordType.ZONEMD))
                {
                    digest.Add(OwnerRecords.Canonical(set));
                }
            }
        }

        return digest.ToRdata(zone.Serial);
    }

    private static bool IsKnown(ResourceRecord record)
    {
        var rdata = record.Rdata.Span;
        return rdata.Length > HeaderLength && rdata[4] == ZoneDigest.SimpleScheme && (ZoneDigestType)rdata[5] is ZoneDigestType.Sha384 or ZoneDigestType.Sha512;
    }
}
