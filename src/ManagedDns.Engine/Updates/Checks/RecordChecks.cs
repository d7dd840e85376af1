using ManagedDns.Dns;
using ManagedDns.Dns.Records;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates.Checks;

/// <summary>The checks that look at records one by one or owner by owner, made in one walk, of which the first finding each counts.</summary>
internal sealed unsafe class RecordChecks
{
    private readonly ZoneContents _zone;
    private readonly ContentCheckSettings _settings;
    private readonly Lazy<bool> _walked;
    private string? _conflict;
    private string? _malformed;
    private string? _withoutAddress;

    /// <param name="changed">The owners to look at; null: all.</param>
    public RecordChecks(ZoneContents zone, IReadOnlyCollection<DomainName>? changed, ContentCheckSettings settings)
    {
        _zone = zone;
        _settings = settings;
        _walked = new(() =>
        {
            if (changed is null)
            {
                LookAtAll();
            }
            else
            {
                LookAt(changed);
            }

            return true;
        });
    }

    /// <summary>Records at one name that exclude each other.</summary>
    public string? Conflict => _walked.Value ? _conflict : null;

    /// <summary>A record whose data are not those of its type.</summary>
    public string? Malformed => _walked.Value ? _malformed : null;

    /// <summary>A name server in the zone that has no address there.</summary>
    public string? WithoutAddress => _walked.Value ? _withoutAddress : null;

    private void LookAtAll()
    {
        using var walk = _zone.Walk();
        var types = default(OwnerTypes);
        // A top-level domain has a few thousand sets of name servers a million times: with the first owner of each all is seen.
        var shared = new HashSet<nint>();
        while (walk.MoveToNextSet())
        {
            if (walk.IsNewOwner)
            {
                types = default;
            }

            var set = walk.CurrentSet;
            if (types.Add((RecordType)set->Type, set->Count) is { } conflict)
            {
                _conflict ??= $"{DomainName.FromWire(walk.CurrentOwner)} {conflict} (record of type {(RecordType)set->Type}).";
            }

            if (!walk.IsShared || shared.Add((nint)set))
            {
                LookAt(walk, set);
            }
        }
    }

    private void LookAt(ZoneWalk walk, RecordSet* set)
    {
        var type = (RecordType)set->Type;
        var layout = RdataLayout.Of(type);
        for (byte* record = set->Records, end = (byte*)set->Next; record < end; record = RecordSet.NextRecord(record))
        {
            var rdata = RecordSet.Rdata(record);
            if (IsMalformed(layout, rdata) || LacksAddress(type, rdata))
            {
                Find(DomainName.FromWire(walk.CurrentOwner), type, rdata);
            }
        }
    }

    private void LookAt(IEnumerable<DomainName> owners)
    {
        foreach (var owner in owners)
        {
            var types = default(OwnerTypes);
            foreach (var (type, count) in _zone.TypesOf(owner))
            {
                if (types.Add(type, count) is { } conflict)
                {
                    _conflict ??= $"{owner} {conflict} (record of type {type}).";
                }

                foreach (var record in _zone.Find(owner, type))
                {
                    Find(owner, type, record.Rdata.Span);
                }
            }
        }
    }

    /// <summary>Notes what is wrong with a record, unless another is noted already.</summary>
    private void Find(DomainName owner, RecordType type, ReadOnlySpan<byte> rdata)
    {
        if (IsMalformed(RdataLayout.Of(type), rdata))
        {
            _malformed = $"The {type} record of {owner} has {rdata.Length} octets of data that are not those of its type.";
        }

        if (LacksAddress(type, rdata) && DomainName.FromWire(rdata) is var target && !HasAddressByWildcard(target))
        {
            _withoutAddress = $"{target}, a name server of {owner}, lies in the zone and has no address in it.";
        }
    }

    private bool IsMalformed(RdataLayout layout, ReadOnlySpan<byte> rdata) =>
        _settings.RecordForm != CheckAction.Off && _malformed is null && !layout.IsWellFormed(rdata);

    private bool LacksAddress(RecordType type, ReadOnlySpan<byte> rdata) =>
        type == RecordType.NS && _settings.NameServerAddresses != CheckAction.Off && _withoutAddress is null
        && WireName.IsSubdomainOf(rdata, _zone.Apex.Wire) && !_zone.HasAddress(rdata);

    private bool HasAddressByWildcard(DomainName name)
    {
        for (var above = name; above != _zone.Apex;)
        {
            above = above.Parent;
            if (_zone.HasAddress([1, (byte)'*', .. above.Wire]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Which types an owner has, as far as they exclude each other (RFC 1034 §3.6.2, RFC 2181 §10.1, RFC 4035 §2.5, RFC 6672 §2.4).</summary>
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
