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
        while (OwnerWalk.Advance(old, @new))
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
                old.Records.Clear();
            }

            if (order >= 0)
            {
                @new.Records.Clear();
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

    /// <summary>A version owner by owner, each with those of its records that were not passed over; the SOA is apart.</summary>
    private sealed class OwnerWalk : IDisposable
    {
        private readonly ZoneWalk _walk;
        private bool _more;

        public OwnerWalk(ZoneContents zone)
        {
            _walk = zone.Walk();
            _walk.MoveNext();
            Soa = ResourceRecord.From(_walk.Current);
            _more = _walk.MoveNext();
        }

        public ResourceRecord Soa { get; }

        public List<ResourceRecord> Records { get; } = [];

        private bool HasOwner => Records.Count > 0;

        // Behind the names come the owners of NSEC3 records, in an order of their own.
        private bool IsBehindNames => Records[0].Type == RecordType.NSEC3
            || (Records[0].Type == RecordType.RRSIG && Records[0].Rdata.Span is [0, (byte)RecordType.NSEC3, ..]);

        /// <summary>Goes on to owners whose records are not the same in both; false at the end of both.</summary>
        public static bool Advance(OwnerWalk left, OwnerWalk right)
        {
            if (!left.HasOwner && !right.HasOwner)
            {
                // Most of a zone: nothing is made of it. What an owner has in common may be passed over too, for its records come in order.
                while (left._more && right._more && left.IsAtTheSameAs(right))
                {
                    left._more = left._walk.MoveNext();
                    right._more = right._walk.MoveNext();
                }
            }

            if (!left.HasOwner)
            {
                left.Gather();
            }

            if (!right.HasOwner)
            {
                right.Gather();
            }

            return left.HasOwner || right.HasOwner;
        }

        public static int Compare(OwnerWalk left, OwnerWalk right)
        {
            if (!left.HasOwner || !right.HasOwner)
            {
                return left.HasOwner ? -1 : 1;
            }

            var order = left.IsBehindNames.CompareTo(right.IsBehindNames);
            return order != 0 ? order : left.Records[0].Owner.CompareTo(right.Records[0].Owner);
        }

        public void Dispose() => _walk.Dispose();

        private bool IsAtTheSameAs(OwnerWalk other) =>
            _walk.CurrentBody.SequenceEqual(other._walk.CurrentBody) && _walk.CurrentOwner.SequenceEqual(other._walk.CurrentOwner);

        private void Gather()
        {
            while (_more && (!HasOwner || !_walk.IsNewOwner))
            {
                Records.Add(ResourceRecord.From(_walk.Current));
                _more = _walk.MoveNext();
            }
        }
    }
}
