using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>Judges a response as a validator does (RFC 4035 §5.4, RFC 5155 §8): does it prove what it says, with no record too many?</summary>
internal static class DenialChecker
{
    private static readonly DomainName s_apex = DomainName.Parse("example");

    public static void Check(DomainName name, RecordType type, Reply reply, bool optOut)
    {
        var proof = new Proof(reply.Message);
        var what = $"{name} {type}: {reply.Code}\n{string.Join('\n', reply.Answer)}\n--\n{string.Join('\n', reply.Authority)}";
        var needed = new HashSet<int>();
        if (reply.Header.IsAuthoritative && reply.Answer.Count > 0)
        {
            // Only a wildcard's signature has fewer labels than the owner it comes with.
            if (proof.SignatureLabels is { } labels && labels < name.LabelCount - (name.IsWildcard ? 1 : 0))
            {
                needed.Add(Assert(proof.Covers(Ancestor(name, labels + 1)), what));
            }
        }
        else if (!reply.Header.IsAuthoritative)
        {
            var cut = proof.Cut!;
            if (!proof.HasDs)
            {
                Xunit.Assert.True(TryNoData(proof, cut, RecordType.DS, needed) || TryOptOut(proof, cut, needed, optOut), what);
            }
        }
        else if (reply.Code == ResponseCode.NXDomain)
        {
            var encloser = proof.ClosestEncloser(name, needed);
            Xunit.Assert.True(encloser is not null, what);
            needed.Add(Assert(proof.Covers(Ancestor(name, encloser.LabelCount + 1)), what));
            needed.Add(Assert(proof.Covers(encloser.Prepend("*"u8)), what));
        }
        else
        {
            Xunit.Assert.True(TryNoData(proof, name, type, needed) || TryWildcardNoData(proof, name, type, needed) || TryOptOut(proof, name, needed, optOut), what);
        }

        Xunit.Assert.True(needed.Count == proof.Count, $"{proof.Count - needed.Count} records too many. {what}");
    }

    private static bool TryNoData(Proof proof, DomainName name, RecordType type, HashSet<int> needed)
    {
        var at = proof.Matches(name);
        if (at >= 0)
        {
            needed.Add(at);
            return !proof.HasType(at, type) && !proof.HasType(at, RecordType.CNAME);
        }

        // An empty non-terminal under NSEC: the name before it has a next name below it.
        at = proof.CoversWithNextBelow(name);
        if (at >= 0)
        {
            needed.Add(at);
        }

        return at >= 0;
    }

    private static bool TryWildcardNoData(Proof proof, DomainName name, RecordType type, HashSet<int> needed)
    {
        var enclosers = new HashSet<int>();
        var encloser = proof.ClosestEncloser(name, enclosers);
        if (encloser is null)
        {
            return false;
        }

        var cover = proof.Covers(Ancestor(name, encloser.LabelCount + 1));
        var found = new HashSet<int>();
        if (cover < 0 || !TryNoData(proof, encloser.Prepend("*"u8), type, found))
        {
            return false;
        }

        needed.Add(cover);
        needed.UnionWith(enclosers);
        needed.UnionWith(found);
        return true;
    }

    private static bool TryOptOut(Proof proof, DomainName name, HashSet<int> needed, bool optOut)
    {
        var found = new HashSet<int>();
        var encloser = optOut ? proof.ClosestEncloser(name, found) : null;
        var cover = encloser is null ? -1 : proof.Covers(Ancestor(name, encloser.LabelCount + 1));
        if (cover < 0)
        {
            return false;
        }

        needed.UnionWith(found);
        needed.Add(cover);
        return true;
    }

    private static int Assert(int index, string what)
    {
        Xunit.Assert.True(index >= 0, what);
        return index;
    }

    private static DomainName Ancestor(DomainName name, int labels)
    {
        while (name.LabelCount > labels)
        {
            name = name.Parent;
        }

        return name;
    }

    private sealed class Proof
    {
        private readonly List<(DomainName Owner, RecordType Type, byte[] Rdata)> _denials = [];

        public Proof(byte[] message)
        {
            var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
            while (reader.TryReadRecord(out var record))
            {
                var owner = DomainName.FromWire(record.Owner);
                if (record.Type is RecordType.NSEC or RecordType.NSEC3)
                {
                    Xunit.Assert.Equal(MessageSection.Authority, reader.Section);
                    _denials.Add((owner, record.Type, record.Rdata.ToArray()));
                }
                else if (reader.Section == MessageSection.Answer && record.Type == RecordType.RRSIG)
                {
                    SignatureLabels ??= record.Rdata[3];
                }
                else if (reader.Section == MessageSection.Authority)
                {
                    Cut = record.Type == RecordType.NS ? owner : Cut;
                    HasDs |= record.Type == RecordType.DS;
                }
            }
        }

        public int Count => _denials.Count;

        public int? SignatureLabels { get; }

        public DomainName? Cut { get; }

        public bool HasDs { get; }

        private bool IsHashed => _denials.Count > 0 && _denials[0].Type == RecordType.NSEC3;

        public int Matches(DomainName name) => _denials.FindIndex(denial => denial.Owner == (IsHashed ? Hashed(name) : name));

        public int Covers(DomainName name)
        {
            var sought = IsHashed ? Hashed(name) : name;
            return _denials.FindIndex(denial => Next(denial) is var next
                && (denial.Owner < next ? denial.Owner < sought && sought < next : sought > denial.Owner || sought < next)
                && (IsHashed || !next.IsSubdomainOf(name)));
        }

        public int CoversWithNextBelow(DomainName name) =>
            IsHashed ? -1 : _denials.FindIndex(denial => denial.Owner < name && Next(denial) > name && Next(denial).IsSubdomainOf(name));

        public bool HasType(int index, RecordType type)
        {
            var (_, kind, rdata) = _denials[index];
            var bitmap = kind == RecordType.NSEC ? rdata.AsSpan(WireName.Length(rdata)) : rdata.AsSpan(6 + rdata[4] + rdata[5 + rdata[4]]);
            while (!bitmap.IsEmpty)
            {
                if (bitmap[0] == (int)type >> 8 && ((int)type & 0xFF) / 8 < bitmap[1])
                {
                    return (bitmap[2 + (((int)type & 0xFF) / 8)] & (0x80 >> ((int)type & 7))) != 0;
                }

                bitmap = bitmap[(2 + bitmap[1])..];
            }

            return false;
        }

        /// <summary>The longest ancestor that the records show to exist, and which of them show it.</summary>
        public DomainName? ClosestEncloser(DomainName name, HashSet<int> used)
        {
            if (IsHashed)
            {
                for (var ancestor = name.Parent; ancestor.IsSubdomainOf(s_apex); ancestor = ancestor.Parent)
                {
                    if (Matches(ancestor) is var at and >= 0)
                    {
                        used.Add(at);
                        return ancestor;
                    }
                }

                return null;
            }

            var covering = Covers(name);
            if (covering < 0)
            {
                return null;
            }

            used.Add(covering);
            return new[] { _denials[covering].Owner, Next(_denials[covering]) }.Select(other => Common(name, other)).MaxBy(common => common.LabelCount);
        }

        private static DomainName Common(DomainName left, DomainName right)
        {
            while (!right.IsSubdomainOf(left))
            {
                left = left.Parent;
            }

            return left;
        }

        private static DomainName Hashed(DomainName name) => s_apex.Prepend(System.Text.Encoding.ASCII.GetBytes(FakeSigner.Base32(FakeSigner.Hash(name))));

        private static DomainName Next((DomainName Owner, RecordType Type, byte[] Rdata) denial) => denial.Type == RecordType.NSEC
            ? DomainName.FromWire(denial.Rdata)
            : s_apex.Prepend(System.Text.Encoding.ASCII.GetBytes(FakeSigner.Base32(denial.Rdata[(6 + denial.Rdata[4])..][..20])));
    }
}
