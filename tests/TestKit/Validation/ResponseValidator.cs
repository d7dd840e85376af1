using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit.Validation;

/// <summary>
/// Judges a response to a query with DO as a validator does, and more strictly: every RRset is signed and each of its signatures good, what is denied is
/// proven, and nothing is there that was not needed.
/// </summary>
/// <param name="zones">All zones that the server answers for.</param>
public sealed class ResponseValidator(IReadOnlyCollection<ValidatedZone> zones)
{
    /// <summary>What is wrong with a response; null: nothing.</summary>
    public string? Validate(DomainName name, RecordType type, ResponseCode code, ReadOnlySpan<byte> message)
    {
        try
        {
            var sets = ReceivedSet.ReadAll(message);
            var wrong = new Walk(zones, sets, type, code).Follow(name);
            return wrong is null ? null : $"{name} {type}, {code}: {wrong}\n  {string.Join("\n  ", sets)}";
        }
        catch (FormatException e)
        {
            return $"{name} {type}, {code}: {e.Message}";
        }
    }

    /// <summary>Goes from the name asked for along its aliases, and takes what belongs to each step.</summary>
    private sealed class Walk(IReadOnlyCollection<ValidatedZone> zones, List<ReceivedSet> sets, RecordType type, ResponseCode code)
    {
        private readonly List<ReceivedSet> _left = [.. sets.Where(set => set.Section != MessageSection.Additional && !IsDenial(set))];
        private readonly List<(ValidatedZone Zone, DenialRecords Denials)> _denials = [];

        public string? Follow(DomainName name)
        {
            if (Refused(sets.Where(IsDenial)) is { } refused)
            {
                return refused;
            }

            foreach (var zone in sets.Where(IsDenial).GroupBy(set => set.Signer!))
            {
                _denials.Add((zones.First(one => one.Apex == zone.Key), new DenialRecords(zone.Key, zone)));
            }

            return FollowAliases(name) ?? Refused(sets.Where(set => set.Section == MessageSection.Additional && set.Signatures.Count > 0))
                ?? (_left.Count > 0 ? $"nobody asked for {_left[0]}" : null)
                ?? (_denials.SelectMany(zone => zone.Denials.NotNeeded).FirstOrDefault() is { } idle ? $"nothing needs {idle}" : null);
        }

        private string? FollowAliases(DomainName name)
        {
            var visited = new HashSet<DomainName>();
            while (ZoneOf(name, type) is { } zone && visited.Add(name))
            {
                if (Take(name, type) is { } answer)
                {
                    return Expect(ResponseCode.NoError) ?? Judge(zone, answer);
                }

                var redirection = sets.Find(set => set.Section == MessageSection.Answer && set.Type == RecordType.DNAME && name != set.Owner && name.IsSubdomainOf(set.Owner));
                if (redirection is not null && _left.Remove(redirection) && Judge(zone, redirection) is { } wrongDname)
                {
                    return wrongDname;
                }

                if (Take(name, RecordType.CNAME) is not { } alias)
                {
                    return redirection is not null ? Expect(ResponseCode.YXDomain) : JudgeDenial(zone, name);
                }

                var target = DomainName.FromWire(alias.Rdata.Single());
                if (redirection is null ? Judge(zone, alias) is { } wrong : (wrong = JudgeSynthesis(redirection, alias, target)) is not null)
                {
                    return wrong;
                }

                name = target;
            }

            return Expect(ResponseCode.NoError);
        }

        private string? JudgeDenial(ValidatedZone zone, DomainName name)
        {
            var cut = _left.Find(set => set.Section == MessageSection.Authority && set.Type == RecordType.NS);
            if (cut is not null)
            {
                return JudgeReferral(zone, name, cut);
            }

            if (Take(zone.Apex, RecordType.SOA, MessageSection.Authority) is not { } soa)
            {
                return $"{name} is denied without the SOA of {zone.Apex}";
            }

            if (zone.Keys is null)
            {
                return null;
            }

            return zone.Refuse(soa) is { } refused ? $"{soa} {refused}"
                : code == ResponseCode.NXDomain ? (DenialsOf(zone).ProveNameError(name) ? null : $"nothing proves that {name} does not exist")
                : Expect(ResponseCode.NoError) ?? (DenialsOf(zone).ProveNoData(name, type) ? null : $"nothing proves that {name} has no {type}");
        }

        private string? JudgeReferral(ValidatedZone zone, DomainName name, ReceivedSet cut)
        {
            _left.Remove(cut);
            if (!name.IsSubdomainOf(cut.Owner) || cut.Owner == zone.Apex || cut.Signatures.Count > 0)
            {
                return $"{cut} is no delegation of {name}";
            }

            if (zone.Keys is null)
            {
                return Expect(ResponseCode.NoError);
            }

            return Take(cut.Owner, RecordType.DS, MessageSection.Authority) is { } ds
                ? Expect(ResponseCode.NoError) ?? Judge(zone, ds)
                : Expect(ResponseCode.NoError) ?? (DenialsOf(zone).ProveInsecure(cut.Owner) ? null : $"nothing proves that {cut.Owner} has no DS");
        }

        /// <summary>RFC 6672 §3.1, §5.3.1: the alias follows from the DNAME and so needs no signature.</summary>
        private static string? JudgeSynthesis(ReceivedSet dname, ReceivedSet alias, DomainName target)
        {
            var prefix = alias.Owner.Wire[..^dname.Owner.Wire.Length];
            return alias.Signatures.Count == 0 && target.Wire.Length > prefix.Length && target.Wire[..prefix.Length].SequenceEqual(prefix)
                && DomainName.FromWire(target.Wire[prefix.Length..]) == DomainName.FromWire(dname.Rdata.Single()) ? null : $"{alias} does not follow from {dname}";
        }

        private string? Judge(ValidatedZone zone, ReceivedSet set)
        {
            if (zone.Keys is null)
            {
                return set.Signatures.Count == 0 ? null : $"{set} of an unsigned zone is signed";
            }

            return zone.Refuse(set) is { } refused ? $"{set} {refused}"
                : set.IsExpanded && !DenialsOf(zone).ProveNoCloserMatch(set.Owner, set.SignedLabels) ? $"nothing proves that {set} is the closest match"
                : null;
        }

        private string? Refused(IEnumerable<ReceivedSet> some)
        {
            foreach (var set in some)
            {
                var reason = set.Signer is null ? "is not signed"
                    : zones.FirstOrDefault(zone => zone.Keys is not null && zone.Apex == set.Signer) is { } zone ? zone.Refuse(set) : "is signed by no zone of ours";
                if (reason is not null)
                {
                    return $"{set} {reason}";
                }
            }

            return null;
        }

        private string? Expect(ResponseCode expected) => code == expected ? null : $"the code should be {expected}";

        private ReceivedSet? Take(DomainName owner, RecordType what, MessageSection section = MessageSection.Answer)
        {
            var set = _left.Find(one => one.Section == section && one.Owner == owner && one.Type == what);
            if (set is not null)
            {
                _left.Remove(set);
            }

            return set;
        }

        /// <summary>An NSEC that was asked for is an answer like any other.</summary>
        private static bool IsDenial(ReceivedSet set) => set.Section == MessageSection.Authority && set.Type is RecordType.NSEC or RecordType.NSEC3;

        private DenialRecords DenialsOf(ValidatedZone zone) => _denials.Find(one => one.Zone == zone).Denials ?? new DenialRecords(zone.Apex, []);

        private ValidatedZone? ZoneOf(DomainName name, RecordType what)
        {
            var found = zones.Where(zone => name.IsSubdomainOf(zone.Apex)).OrderByDescending(zone => zone.Apex.LabelCount).Take(2).ToList();
            return found.Count > 1 && what == RecordType.DS && found[0].Apex == name ? found[1] : found.FirstOrDefault();
        }
    }
}
