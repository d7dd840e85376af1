using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>Finds the NSEC3 that matches a name's hash or covers it (RFC 5155 §3.1.7), of the chain that NSEC3PARAM names.</summary>
internal static unsafe class Nsec3Search
{
    /// <summary>
    /// Another chain's NSEC3 records that are passed over. Two chains lie mixed evenly; a zone whose own chain is missing must not cost a search
    /// through all.
    /// </summary>
    private const int MaxSteps = 1000;

    private const int Sha1 = 1;
    private const int SaltOffset = 5;

    /// <param name="path">Memory for a <see cref="TrieCursor"/>.</param>
    /// <param name="name">In wire form, lower case.</param>
    /// <returns>The cell of the owner, null where there is none; its NSEC3 in <paramref name="set"/>.</returns>
    public static byte* Find(ZoneHeader* zone, TrieCursor.Level* path, ReadOnlySpan<byte> name, bool covering, out RecordSet* set)
    {
        Span<byte> label = stackalloc byte[Nsec3Hash.LabelLength];
        Nsec3Hash.Write(zone, name, label);
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(label, key);
        var cursor = new TrieCursor(zone->Chunks, path);
        var matches = cursor.SeekAtOrBefore(&zone->Nsec3, key, length);
        set = null;
        if (!covering)
        {
            return matches ? OfChain(zone, cursor.Leaf, out set) : null;
        }

        for (var steps = 0; steps < MaxSteps; steps++, cursor.Previous())
        {
            if (cursor.Leaf == null)
            {
                // Before the first hash: the last one's span comes round (RFC 5155 §3.1.7).
                cursor.SeekLast(&zone->Nsec3);
            }

            var cell = OfChain(zone, cursor.Leaf, out set);
            if (cell != null)
            {
                return cell;
            }
        }

        return null;
    }

    /// <summary>The leaf's cell if its NSEC3 is of the chain that NSEC3PARAM names: while a zone changes its salt it has two (RFC 5155 §10.4).</summary>
    private static byte* OfChain(ZoneHeader* zone, TrieNode* leaf, out RecordSet* set)
    {
        var cell = Arena.At(zone->Chunks, leaf->Reference);
        set = NameCell.Find(cell, RecordType.NSEC3);
        return set != null && IsOfChain(zone, new ReadOnlySpan<byte>(set->Records + RecordSet.RecordHeader, RecordSet.RdataLength(set->Records))) ? cell : null;
    }

    private static bool IsOfChain(ZoneHeader* zone, ReadOnlySpan<byte> rdata) =>
        rdata.Length > SaltOffset + zone->Nsec3SaltLength && rdata[0] == Sha1 && (rdata[2] << 8 | rdata[3]) == zone->Nsec3Iterations
        && rdata[SaltOffset - 1] == zone->Nsec3SaltLength
        && rdata.Slice(SaltOffset, zone->Nsec3SaltLength).SequenceEqual(new ReadOnlySpan<byte>(zone->Nsec3Salt, zone->Nsec3SaltLength));
}
