using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// The ring of NSEC or NSEC3 owners as it will be: that of the version before, less those that leave, with those that enter.
/// </summary>
internal sealed unsafe class DenialChain(ZoneContents before, bool isNsec3, IEnumerable<DomainName> entering, IEnumerable<DomainName> leaving)
{
    private readonly SortedSet<DomainName> _entering = [.. entering];
    private readonly HashSet<DomainName> _leaving = [.. leaving];

    public DomainName Previous(DomainName owner)
    {
        var old = Old(owner, forward: false);
        DomainName? @new = _entering.Count == 0 ? null : _entering.GetViewBetween(_entering.Min, owner < _entering.Min! ? _entering.Min : owner)
            .Reverse().FirstOrDefault(name => name < owner);
        var nearest = Later(old, @new);
        return nearest ?? Later(OldEnd(forward: false), _entering.Max) ?? owner;
    }

    public DomainName Next(DomainName owner)
    {
        var old = Old(owner, forward: true);
        DomainName? @new = _entering.Count == 0 ? null : _entering.GetViewBetween(owner > _entering.Max! ? _entering.Max : owner, _entering.Max)
            .FirstOrDefault(name => name > owner);
        var nearest = Sooner(old, @new);
        return nearest ?? Sooner(OldEnd(forward: true), _entering.Min) ?? owner;
    }

    private static DomainName? Later(DomainName? left, DomainName? right) => left is null || (right is not null && right > left) ? right : left;

    private static DomainName? Sooner(DomainName? left, DomainName? right) => left is null || (right is not null && right < left) ? right : left;

    private DomainName? OldEnd(bool forward)
    {
        var header = before.Version.Header;
        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var cursor = new TrieCursor(header->Chunks, path);
        var root = isNsec3 ? &header->Nsec3 : &header->Names;
        if (forward)
        {
            cursor.SeekFirst(root);
        }
        else
        {
            cursor.SeekLast(root);
        }

        return Search(ref cursor, forward);
    }

    private DomainName? Old(DomainName owner, bool forward)
    {
        var header = before.Version.Header;
        var path = stackalloc TrieCursor.Level[TrieCursor.MaxDepth];
        var cursor = new TrieCursor(header->Chunks, path);
        var root = isNsec3 ? &header->Nsec3 : &header->Names;
        var key = stackalloc byte[TrieKey.MaxLength];
        var length = TrieKey.Write(ZoneNames.Relative(before.Apex, owner), key);
        var isThere = cursor.SeekAtOrBefore(root, key, length);
        if (forward && cursor.Leaf == null)
        {
            cursor.SeekFirst(root);
        }
        else if (forward)
        {
            cursor.Next();
        }
        else if (isThere)
        {
            cursor.Previous();
        }

        return Search(ref cursor, forward);
    }

    private DomainName? Search(ref TrieCursor cursor, bool forward)
    {
        var header = before.Version.Header;
        while (cursor.Leaf != null)
        {
            var cell = Arena.At(header->Chunks, cursor.Leaf->Reference);
            if (NameCell.Find(cell, isNsec3 ? RecordType.NSEC3 : RecordType.NSEC) != null)
            {
                var owner = ZoneNames.Owner(header, cell);
                if (!_leaving.Contains(owner))
                {
                    return owner;
                }
            }

            if (forward)
            {
                cursor.Next();
            }
            else
            {
                cursor.Previous();
            }
        }

        return null;
    }
}
