using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// The checks that a version must pass before it is published. Class, names outside the zone and the number of SOA records are judged while it is built;
/// here what needs the whole zone.
/// </summary>
internal static class ContentChecks
{
    /// <summary>The first fault found, naming the record; null for a zone that may be published.</summary>
    public static Failure? Check(ZoneContents zone)
    {
        if (zone.Find(zone.Apex, RecordType.NS).Count == 0)
        {
            return Rejected($"The zone {zone.Apex.ToDisplayString()} has no NS record at its apex.", "Add the zone's NS records on the primary.");
        }

        using var walk = zone.Walk();
        var owner = default(OwnerTypes);
        while (walk.MoveNext())
        {
            if (walk.IsNewOwner)
            {
                owner = default;
            }

            if (owner.Add(walk.Current.Type) is { } fault)
            {
                return Rejected(
                    $"{DomainName.FromWire(walk.CurrentOwner)} {fault} (record of type {walk.Current.Type}).",
                    "Correct the records of this name on the primary, raise the serial and notify.");
            }
        }

        return null;
    }

    private static Failure Rejected(string message, string remedy) => new(FailureReason.RejectedContent, null, message, remedy);

    /// <summary>Which types an owner has, as far as they exclude each other (RFC 1034 §3.6.2, RFC 2181 §10.1, RFC 4035 §2.5, RFC 6672 §2.4).</summary>
    private struct OwnerTypes
    {
        private bool _cname;
        private bool _dname;
        private bool _others;

        public string? Add(RecordType type)
        {
            switch (type)
            {
                case RecordType.CNAME when _cname:
                    return "has more than one CNAME record";
                case RecordType.DNAME when _dname:
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
