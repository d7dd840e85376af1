using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>Finding names in a version of a zone, and their neighbours. Whoever calls holds the version.</summary>
internal static unsafe class ZoneNames
{
    /// <summary>The cell of a name; null where it has no records.</summary>
    /// <param name="name">Relative to the apex, any case.</param>
    public static byte* Cell(ZoneHeader* zone, ReadOnlySpan<byte> name, bool isNsec3, out TrieNode* leaf)
    {
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(name, key);
        leaf = Trie.Nearest(zone->Chunks, isNsec3 ? &zone->Nsec3 : &zone->Names, key, length);
        if (leaf == null)
        {
            return null;
        }

        var cell = Arena.At(zone->Chunks, leaf->Reference);
        return WireName.Equals(NameCell.Name(cell), name) ? cell : null;
    }

    public static ReadOnlySpan<byte> Relative(DomainName zone, DomainName name) => name.Wire[..^zone.Wire.Length];

    /// <summary>The names of a cell as an object, spelled as it came.</summary>
    public static DomainName Owner(ZoneHeader* zone, byte* cell)
    {
        Span<byte> owner = stackalloc byte[DomainName.MaxWireLength];
        var name = NameCell.NameAsGiven(cell);
        name.CopyTo(owner);
        new ReadOnlySpan<byte>(zone->ApexAsGiven, zone->ApexLength).CopyTo(owner[name.Length..]);
        return DomainName.FromWire(owner[..(name.Length + zone->ApexLength)]);
    }

    /// <summary>The names that have records and lie below one that need not.</summary>
    public static List<DomainName> Below(ZoneContents zone, DomainName name)
    {
        var header = zone.Version.Header;
        var found = new List<DomainName>();
        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var cursor = new TrieCursor(header->Chunks, path);
        for (SeekBehind(ref cursor, header, Relative(zone.Apex, name)); cursor.Leaf != null; cursor.Next())
        {
            var owner = Owner(header, Arena.At(header->Chunks, cursor.Leaf->Reference));
            if (!owner.IsSubdomainOf(name))
            {
                break;
            }

            found.Add(owner);
        }

        return found;
    }

    /// <summary>Whether an owner stands in the chain, or, having no records, lies above one that does: then it is an empty non-terminal.</summary>
    public static bool IsInNsec3Chain(ZoneContents zone, DomainName name, OwnerWriter owners)
    {
        var header = zone.Version.Header;
        var cell = Cell(header, Relative(zone.Apex, name), isNsec3: false, out var leaf);
        if (cell != null && owners.IsInChain(OwnerWriter.KindOf(leaf, cell)))
        {
            return true;
        }

        // An insecure delegation that opt-out leaves out, or glue, has nothing below it that stands in the chain.
        if (cell != null)
        {
            return false;
        }

        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var cursor = new TrieCursor(header->Chunks, path);
        for (SeekBehind(ref cursor, header, Relative(zone.Apex, name)); cursor.Leaf != null; cursor.Next())
        {
            var below = Arena.At(header->Chunks, cursor.Leaf->Reference);
            if (!Owner(header, below).IsSubdomainOf(name))
            {
                return false;
            }

            if (owners.IsInChain(OwnerWriter.KindOf(cursor.Leaf, below)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes to the first name behind one in canonical order, whether that exists or not.</summary>
    private static void SeekBehind(ref TrieCursor cursor, ZoneHeader* zone, ReadOnlySpan<byte> name)
    {
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(name, key);
        cursor.SeekAtOrBefore(&zone->Names, key, length);
        if (cursor.Leaf == null)
        {
            cursor.SeekFirst(&zone->Names);
        }
        else
        {
            cursor.Next();
        }
    }
}
