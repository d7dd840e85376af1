using System.Security.Cryptography;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Records;

namespace ManagedDns.TestKit.Validation;

/// <summary>
/// The NSEC or NSEC3 records of one zone in a response, and what they prove to a validator (RFC 4035 §5.4, RFC 5155 §8, RFC 6840 §4).
/// Notes which of them were needed. Written apart from the server, so that it makes the same mistake only if both do.
/// </summary>
public sealed class DenialRecords
{
    private const byte OptOutFlag = 1;

    private readonly DomainName _apex;
    private readonly List<Span> _spans;
    private readonly HashSet<Span> _needed = [];
    private readonly bool _isHashed;

    public DenialRecords(DomainName apex, IEnumerable<ReceivedSet> sets)
    {
        _apex = apex;
        _spans = [.. sets.Select(set => new Span(set, apex))];
        _isHashed = _spans.Exists(span => span.Set.Type == RecordType.NSEC3);
    }

    public IEnumerable<ReceivedSet> NotNeeded => _spans.Where(span => !_needed.Contains(span)).Select(span => span.Set);

    /// <summary>Neither the name nor a wildcard for it exists.</summary>
    public bool ProveNameError(DomainName name) =>
        ClosestEncloser(name) is { } proof && Need([.. proof.Spans, Covering(proof.Encloser.Prepend("*"u8))]);

    /// <summary>The name, or the wildcard that stands for it, exists without the type.</summary>
    public bool ProveNoData(DomainName name, RecordType type) =>
        Need([Lacking(name, type)])
        || (ClosestEncloser(name) is { } proof && Need([.. proof.Spans, Lacking(proof.Encloser.Prepend("*"u8), type)]))
        || ProveOptOut(name);

    /// <summary>An answer from the wildcard below the ancestor with so many labels: there is no closer match.</summary>
    public bool ProveNoCloserMatch(DomainName name, int labels) => _isHashed
        ? Need([Covering(Ancestor(name, labels + 1))])
        : ClosestEncloser(name) is { } proof && proof.Encloser.LabelCount == labels && Need(proof.Spans);

    /// <summary>The delegation has no DS: it is insecure.</summary>
    public bool ProveInsecure(DomainName cut) => (Lacking(cut, RecordType.DS) is { } own && own.Has(RecordType.NS) && Need([own])) || ProveOptOut(cut);

    public static byte[] Hash(DomainName name, byte[] salt, int iterations)
    {
        var hash = name.Wire.ToArray();
        WireName.MakeLower(hash);
        for (var i = 0; i <= iterations; i++)
        {
            hash = CryptographicOperations.HashData(HashAlgorithmName.SHA1, (byte[])[.. hash, .. salt]);
        }

        return hash;
    }

    /// <summary>The owner of the NSEC3 record for a hash.</summary>
    public static DomainName Owner(DomainName apex, ReadOnlySpan<byte> hash) => apex.Prepend(Encoding.ASCII.GetBytes(Base32(hash)));

    public static string Base32(ReadOnlySpan<byte> hash)
    {
        var bits = string.Concat(hash.ToArray().Select(octet => Convert.ToString(octet, 2).PadLeft(8, '0')));
        return string.Concat(Enumerable.Range(0, bits.Length / 5).Select(i => "0123456789abcdefghijklmnopqrstuv"[Convert.ToInt32(bits.Substring(5 * i, 5), 2)]));
    }

    /// <summary>Below a span that leaves insecure delegations out nobody knows what there is.</summary>
    private bool ProveOptOut(DomainName name) =>
        _isHashed && ClosestEncloser(name) is { } proof && proof.Spans[^1].IsOptOut && Need(proof.Spans);

    private bool Need(IReadOnlyList<Span?> spans)
    {
        if (spans.Contains(null))
        {
            return false;
        }

        _needed.UnionWith(spans!);
        return true;
    }

    /// <summary>The longest ancestor that is shown to exist while the name one label longer is shown not to; what shows the latter stands last.</summary>
    private (DomainName Encloser, List<Span> Spans)? ClosestEncloser(DomainName name)
    {
        if (!_isHashed)
        {
            return Covering(name) is { } span ? (Longest(Common(name, span.Owner), Common(name, span.Next)), [span]) : null;
        }

        for (var encloser = name; encloser != _apex;)
        {
            var nextCloser = encloser;
            encloser = encloser.Parent;
            if (Matching(encloser) is { } matching)
            {
                return !matching.LeadsAway && Covering(nextCloser) is { } covering ? (encloser, [matching, covering]) : null;
            }
        }

        return null;
    }

    /// <summary>Shows that the name exists without the type and without an alias.</summary>
    private Span? Lacking(DomainName name, RecordType type)
    {
        var span = Matching(name);
        if (span is not null)
        {
            // RFC 6840 §4.1: a delegation's speaks for the DS alone, and only the parent's does so.
            var isFromOtherSide = type == RecordType.DS ? span.Has(RecordType.SOA) && name != _apex : span.Has(RecordType.NS) && !span.Has(RecordType.SOA);
            return isFromOtherSide || span.Has(type) || span.Has(RecordType.CNAME) ? null : span;
        }

        // An empty non-terminal under NSEC: the name before it has a next one below it.
        return _isHashed ? null : _spans.Find(other => other.Owner < name && !IsAwayFrom(other, name) && other.Next != name && other.Next.IsSubdomainOf(name));
    }

    private Span? Matching(DomainName name) => _spans.Find(span => span.Owner == (_isHashed ? span.Hash(name, _apex) : name));

    /// <summary>Shows that the name does not exist, and nothing below it.</summary>
    private Span? Covering(DomainName name) => _spans.Find(span => _isHashed
        ? IsBetween(span, span.Hash(name, _apex))
        : IsBetween(span, name) && !span.Next.IsSubdomainOf(name) && !IsAwayFrom(span, name));

    private static bool IsBetween(Span span, DomainName name) =>
        span.Owner < span.Next ? span.Owner < name && name < span.Next : name > span.Owner || name < span.Next;

    /// <summary>RFC 6840 §4.1: what is below a delegation or a DNAME its NSEC does not know.</summary>
    private static bool IsAwayFrom(Span span, DomainName name) => span.LeadsAway && name != span.Owner && name.IsSubdomainOf(span.Owner);

    private static DomainName Longest(DomainName one, DomainName other) => one.LabelCount > other.LabelCount ? one : other;

    private static DomainName Common(DomainName one, DomainName other)
    {
        while (!other.IsSubdomainOf(one))
        {
            one = one.Parent;
        }

        return one;
    }

    private static DomainName Ancestor(DomainName name, int labels)
    {
        while (name.LabelCount > labels)
        {
            name = name.Parent;
        }

        return name;
    }

    private sealed class Span
    {
        private readonly byte[] _rdata;
        private readonly int _bitmap;

        public Span(ReceivedSet set, DomainName apex)
        {
            Set = set;
            _rdata = set.Rdata.Single();
            if (set.Type == RecordType.NSEC)
            {
                Next = DomainName.FromWire(_rdata);
                _bitmap = Next.Wire.Length;
            }
            else
            {
                var hash = 6 + _rdata[4];
                Next = DenialRecords.Owner(apex, _rdata.AsSpan(hash, _rdata[hash - 1]));
                _bitmap = hash + _rdata[hash - 1];
            }
        }

        public ReceivedSet Set { get; }

        public DomainName Owner => Set.Owner;

        public DomainName Next { get; }

        public bool IsOptOut => Set.Type == RecordType.NSEC3 && (_rdata[1] & OptOutFlag) != 0;

        public bool LeadsAway => (Has(RecordType.NS) && !Has(RecordType.SOA)) || Has(RecordType.DNAME);

        public bool Has(RecordType type) => TypeBitmap.Contains(_rdata.AsSpan(_bitmap), type);

        public DomainName Hash(DomainName name, DomainName apex) =>
            DenialRecords.Owner(apex, DenialRecords.Hash(name, _rdata.AsSpan(5, _rdata[4]).ToArray(), _rdata[2] << 8 | _rdata[3]));
    }
}
