using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// The checks that a version must pass before it is published. Class, names outside the zone and the number of SOA records are judged while it is
/// built; here what needs the whole zone.
/// </summary>
internal static class ContentChecks
{
    /// <summary>The first fault found, naming the record; null for a zone that may be published.</summary>
    public static Failure? Check(ZoneContents zone)
    {
        if (CheckApex(zone) is { } fault)
        {
            return fault;
        }

        using var walk = zone.Walk();
        var types = default(OwnerTypes);
        while (walk.MoveNext())
        {
            if (walk.IsNewOwner)
            {
                types = default;
            }

            if (types.Add(walk.Current.Type, 1) is { } conflict)
            {
                return Conflict(DomainName.FromWire(walk.CurrentOwner), walk.Current.Type, conflict);
            }
        }

        return null;
    }

    /// <summary>The same for a zone that differs from a good one at these owners only: the cost follows the change.</summary>
    public static Failure? Check(ZoneContents zone, IEnumerable<DomainName> changedOwners)
    {
        if (CheckApex(zone) is { } fault)
        {
            return fault;
        }

        foreach (var owner in changedOwners)
        {
            var types = default(OwnerTypes);
            foreach (var (type, count) in zone.TypesOf(owner))
            {
                if (types.Add(type, count) is { } conflict)
                {
                    return Conflict(owner, type, conflict);
                }
            }
        }

        return null;
    }

    private static Failure? CheckApex(ZoneContents zone) => zone.Find(zone.Apex, RecordType.NS).Count > 0
        ? null
        : Rejected($"The zone {zone.Apex.ToDisplayString()} has no NS record at its apex.", "Add the zone's NS records on the primary.");

    private static Failure Conflict(DomainName owner, RecordType type, string what) => Rejected(
        $"{owner} {what} (record of type {type}).", "Correct the records of this name on the primary, raise the serial and notify.");

    private static Failure Rejected(string message, string remedy) => new(FailureReason.RejectedContent, null, message, remedy);

    /// <summary>
    /// Which types an owner has, as far as they exclude each other (RFC 1034 §3.6.2, RFC 2181 §10.1, RFC 4035 §2.5, RFC 6672 §2.4).
    /// </summary>
    private struct OwnerTypes
    {
        private bool _cname;
        private bool _dname;
        private bool _others;

        public string? Add(RecordType type, int count)
        {
            switch (type)
            {
                case RecordType.CNAME when _cname || count > 1:
                    return "has more than one CNAME record";
                case RecordType.DNAME when _dname || count > 1:
                    return "has more than one DNAME record";
                case RecordType.CNAME:
                    _cname = true;
                    break;
                case RecordType.RRSIG or RecordType.NSEC or RecordType.NSEC3 or RecordType.KEY or RecordType.SIG or RecordType.NXT:
                    return null;
                default:
                    _dname |= type == RecordType.DNAME;
                    _others = true;
                    break;
            }

            return _cname && _others ? "has a CNAME record and other data" : null;
        }
    }
}
