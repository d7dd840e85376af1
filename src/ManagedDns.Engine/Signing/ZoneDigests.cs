using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>The digest over all of a version (RFC 8976), for ZONEMD records to be made and to be checked. It reads the whole zone.</summary>
internal static unsafe class ZoneDigests
{
    /// <summary>The RDATA of the ZONEMD record that the version should have.</summary>
    public static byte[] Compute(ZoneContents zone, ZoneDigestType type)
    {
        using var held = zone.Share();
        using var digest = new ZoneDigest(type);
        var header = held.Version.Header;
        var paths = stackalloc TrieCursor.Level[2 * TrieCursor.MaxDepth];
        var names = new TrieCursor(header->Chunks, paths);
        var nsec3 = new TrieCursor(header->Chunks, paths + TrieCursor.MaxDepth);
        names.SeekFirst(&header->Names);
        nsec3.SeekFirst(&header->Nsec3);
        var feeder = new Feeder(digest, header);

        // The owners of NSEC3 records stand between the others in canonical order, and may be names of the zone too.
        while (names.Leaf != null || nsec3.Leaf != null)
        {
            var name = names.Leaf == null ? null : Arena.At(header->Chunks, names.Leaf->Reference);
            var hash = nsec3.Leaf == null ? null : Arena.At(header->Chunks, nsec3.Leaf->Reference);
            var order = name == null ? 1 : hash == null ? -1 : ZoneNames.Owner(header, name).CompareTo(ZoneNames.Owner(header, hash));
            feeder.Add(order <= 0 ? name : null, order >= 0 ? hash : null);
            if (order <= 0)
            {
                names.Next();
            }

            if (order >= 0)
            {
                nsec3.Next();
            }
        }

        return digest.ToRdata(held.Serial);
    }

    /// <summary>Feeds the RRsets of one owner after the other, by type.</summary>
    private sealed class Feeder(ZoneDigest digest, ZoneHeader* zone)
    {
        private readonly CanonicalRrset _records = new();
        private readonly List<(int Order, nint Set)> _sets = [];

        public void Add(byte* name, byte* hash)
        {
            _sets.Clear();
            Collect(name);
            Collect(hash);
            _sets.Sort();
            var cell = name == null ? hash : name;
            var owner = ZoneNames.Owner(zone, cell);
            foreach (var (_, place) in _sets)
            {
                var set = (RecordSet*)place;
                _records.Begin(owner.Wire, (RecordType)set->Type, SetWriter.Ttl(set->Records));
                for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
                {
                    _records.Add(SetWriter.Rdata(record));
                }

                digest.Add(_records);
            }
        }

        private void Collect(byte* cell)
        {
            if (cell == null)
            {
                return;
            }

            var isApex = NameCell.NameLength(cell) == 0;
            var entry = NameCell.FirstSet(cell);
            for (var left = NameCell.SetCount(cell); left > 0; left--, entry = entry->Next)
            {
                var set = entry->Resolved;
                var type = (RecordType)set->Type;
                var rdata = SetWriter.Rdata(set->Records);
                var covered = type == RecordType.RRSIG && rdata.Length >= 2 ? rdata[0] << 8 | rdata[1] : 0;
                if (!isApex || (type != RecordType.ZONEMD && covered != (int)RecordType.ZONEMD))
                {
                    // All RRSIG records of an owner are one RRset whose RDATA begins with the type covered; each type may have a TTL of its own.
                    _sets.Add(((int)type << 16 | covered, (nint)set));
                }
            }
        }
    }
}
