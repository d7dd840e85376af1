using ManagedDns.Dns;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>Two versions of a zone side by side.</summary>
internal static class ZoneComparison
{
    /// <summary>Whether they say the same, octet for octet.</summary>
    public static bool AreSame(ZoneContents left, ZoneContents right)
    {
        if (left.Serial != right.Serial || left.RecordCount != right.RecordCount)
        {
            return false;
        }

        using var one = left.Walk();
        using var other = right.Walk();
        while (one.MoveNext())
        {
            if (!other.MoveNext() || !one.CurrentOwner.SequenceEqual(other.CurrentOwner) || !one.CurrentBody.SequenceEqual(other.CurrentBody))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What leads from the one to the other, letter case of owners apart; null where that is more than half of the zone: then the zone itself is the shorter way.
    /// </summary>
    public static Difference? Between(ZoneContents from, ZoneContents to)
    {
        using var old = new OwnerWalk(from);
        using var @new = new OwnerWalk(to);
        var (deleted, added) = (new DifferenceWriter(), new DifferenceWriter());
        deleted.Add(old.Soa.AsWire());
        added.Add(@new.Soa.AsWire());
        while (old.HasOwner || @new.HasOwner)
        {
            var order = OwnerWalk.Compare(old, @new);
            if (order == 0 && !old.Records.SequenceEqual(@new.Records))
            {
                Write(deleted, old, @new.Records);
                Write(added, @new, old.Records);
            }
            else if (order < 0)
            {
                Write(deleted, old, []);
            }
            else if (order > 0)
            {
                Write(added, @new, []);
            }

            if (deleted.Records + added.Records > 2 + (to.RecordCount / 2))
            {
                return null;
            }

            if (order <= 0)
            {
                old.MoveNext();
            }

            if (order >= 0)
            {
                @new.MoveNext();
            }
        }

        var (taken, given) = (deleted.Records, added.Records);
        return new(from.Serial, to.Serial, [.. deleted.Take(), .. added.Take()], taken, given);
    }

    private static void Write(DifferenceWriter writer, OwnerWalk owner, List<ResourceRecord> except)
    {
        // An owner may have tens of thousands of records.
        ICollection<ResourceRecord> others = except.Count > 16 ? new HashSet<ResourceRecord>(except) : except;
        foreach (var record in owner.Records)
        {
            if (!others.Contains(record))
            {
                writer.Add(record.AsWire());
            }
        }
    }

    /// <summary>A version owner by owner, each with its records; the SOA is apart.</summary>
    private sealed class OwnerWalk : IDisposable
    {
        private readonly ZoneWalk _walk;
        private bool _more;

        // Behind the names come the owners of NSEC3 records, in an order of their own.
        private bool _isBehindNames;

        public OwnerWalk(ZoneContents zone)
        {
            _walk = zone.Walk();
            _walk.MoveNext();
            Soa = ResourceRecord.From(_walk.Current);
            _more = _walk.MoveNext();
            MoveNext();
        }

        public ResourceRecord Soa { get; }

        public List<ResourceRecord> Records { get; } = [];

        public bool HasOwner => Records.Count > 0;

        public static int Compare(OwnerWalk left, OwnerWalk right)
        {
            if (!left.HasOwner || !right.HasOwner)
            {
                return left.HasOwner ? -1 : 1;
            }

            var order = left._isBehindNames.CompareTo(right._isBehindNames);
            return order != 0 ? order : left.Records[0].Owner.CompareTo(right.Records[0].Owner);
        }

        public void MoveNext()
        {
            var before = HasOwner ? Records[0].Owner : null;
            Records.Clear();
            if (!_more)
            {
                return;
            }

            do
            {
                Records.Add(ResourceRecord.From(_walk.Current));
                _more = _walk.MoveNext();
            }
            while (_more && WireName.Equals(_walk.CurrentOwner, Records[0].Owner.Wire));
            _isBehindNames |= before is not null && Records[0].Owner < before;
        }

        public void Dispose() => _walk.Dispose();
    }
}
