using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>Finds the NSEC that covers a name: that of the last name at or before it which has one (RFC 4034 §4).</summary>
internal static unsafe class NsecSearch
{
    /// <summary>Names without NSEC that are passed over. In a sound zone only names below cuts have none, and those are passed over all at once.</summary>
    private const int MaxSteps = 1000;

    /// <param name="path">Memory for a <see cref="TrieCursor"/>.</param>
    /// <returns>The cell of the owner, null where there is none; its NSEC in <paramref name="set"/>.</returns>
    public static byte* FindCovering(ZoneHeader* zone, TrieCursor.Level* path, byte* key, int length, out RecordSet* set)
    {
        var cursor = new TrieCursor(zone->Chunks, path);
        cursor.SeekAtOrBefore(&zone->Names, key, length);
        for (var steps = 0; cursor.Leaf != null && steps < MaxSteps; steps++)
        {
            var cell = Arena.At(zone->Chunks, cursor.Leaf->Reference);
            set = NameCell.Find(cell, RecordType.NSEC);
            if (set != null)
            {
                return cell;
            }

            if (!TryGoToBarrier(ref cursor, zone, cell))
            {
                cursor.Previous();
            }
        }

        set = null;
        return null;
    }

    /// <summary>From a name below a cut or a DNAME's owner goes to that.</summary>
    private static bool TryGoToBarrier(ref TrieCursor cursor, ZoneHeader* zone, byte* cell)
    {
        var barrier = cursor.Leaf->Barrier - 1;
        if (barrier < 0)
        {
            return false;
        }

        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(NameCell.Name(cell), key);
        var end = 0;
        for (; barrier > 0; barrier--)
        {
            while (key[end++] != TrieKey.Separator)
            {
            }
        }

        return end < length && cursor.SeekAtOrBefore(&zone->Names, key, end);
    }
}
