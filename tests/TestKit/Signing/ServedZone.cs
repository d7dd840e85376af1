using System.Globalization;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.TestKit.Signing;

/// <summary>All records of one version of a zone, and what can be asked of it.</summary>
public sealed class ServedZone
{
    /// <summary>A private type that no zone has (RFC 6895 §3.1).</summary>
    private const RecordType NoSuchType = (RecordType)65_533;

    private static readonly DnsClient s_client = new(TimeProvider.System);

    /// <summary>
    /// Unbound hashes eight names to find out which one above an owner exists, then pauses, and gives up in the end (CVE-2023-50868): names deeper than that below
    /// the apex cannot be asked for where opt-out leaves those above them out of the chain.
    /// </summary>
    private const int DeepestWithOptOut = 8;

    private readonly ILookup<DomainName, RecordType> _types;

    public ServedZone(DomainName apex, IReadOnlyList<ResourceRecord> records)
    {
        (Apex, Records) = (apex, records);
        _types = records.Where(record => record.Type is not (RecordType.RRSIG or RecordType.NSEC or RecordType.NSEC3))
            .Select(record => (record.Owner, record.Type)).Distinct().ToLookup(set => set.Owner, set => set.Type);
    }

    public DomainName Apex { get; }

    public IReadOnlyList<ResourceRecord> Records { get; }

    public IEnumerable<DnsKey> Keys => Records.Where(record => record.Type == RecordType.DNSKEY && record.Owner == Apex)
        .Select(record => DnsKey.TryRead(record.Rdata.Span)!);

    /// <summary>Whether a key that the DS names signs more than the keys.</summary>
    public bool IsSignedByEntryPoint
    {
        get
        {
            var entryPoints = Keys.Where(key => key.IsSecureEntryPoint).Select(key => key.Tag).ToHashSet();
            return Records.Any(record => record.Type == RecordType.RRSIG && Rrsig.TryRead(record.Rdata.Span, out var signature)
                && signature.Covered == RecordType.SOA && entryPoints.Contains(signature.KeyTag));
        }
    }

    public uint Serial => Soa.TryRead(Records.First(record => record.Type == RecordType.SOA).Rdata.Span, out var soa) ? soa.Serial : 0;

    /// <summary>Whether a label below the apex has an octet that is zero.</summary>
    public bool HasZeroOctets => Records.Any(record => record.Owner.Wire[..^Apex.Wire.Length].Contains((byte)0));

    /// <summary>Whether some delegations are not in the chain of NSEC3 records (RFC 5155 §6).</summary>
    public bool IsOptOut => Records.Any(record => record.Type == RecordType.NSEC3 && (record.Rdata.Span[1] & 1) != 0);

    /// <summary>The zone as its server gives it to secondaries.</summary>
    /// <exception cref="DnsFailureException">It gives none.</exception>
    public static async Task<ServedZone> TransferAsync(Remote server, DomainName zone, CancellationToken cancellation)
    {
        var sink = new RecordingSink();
        await s_client.TransferAsync(server, zone, null, sink, cancellation: cancellation).ConfigureAwait(false);
        return new(zone, sink.Added);
    }

    /// <summary>In presentation format, a record a line.</summary>
    public override string ToString() => string.Join('\n', Records.Select(record => RecordText.Format(record.AsWire()))) + "\n";

    /// <summary>
    /// The same as RFC 3597 writes it, octets that are neither letters nor digits by their numbers: what every reader understands whichever types it
    /// knows.
    /// </summary>
    public string ToGenericText()
    {
        var text = new StringBuilder();
        foreach (var record in Records)
        {
            text.Append(Plain(record.Owner)).Append(CultureInfo.InvariantCulture, $" {record.Ttl} IN TYPE{(int)record.Type} ")
                .Append(CultureInfo.InvariantCulture, $"\\# {record.Rdata.Length} ").AppendLine(Convert.ToHexString(record.Rdata.Span));
        }

        return text.ToString();
    }

    /// <summary>A name of which only letters, digits, hyphens, underscores and asterisks stand for themselves.</summary>
    public static string Plain(DomainName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var text = new StringBuilder();
        for (var label = name.Wire; label[0] != 0; label = label[(label[0] + 1)..])
        {
            foreach (var octet in label.Slice(1, label[0]))
            {
                _ = char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_' or (byte)'*'
                    ? text.Append((char)octet) : text.Append('\\').Append(octet.ToString("D3", CultureInfo.InvariantCulture));
            }

            text.Append('.');
        }

        return name.IsRoot ? "." : text.ToString();
    }

    /// <summary>
    /// Every RRset that the zone vouches for, and by each of its names what is not there: a type, a name, and the type where empty non-terminals and
    /// wildcards have none. What is answered for them must be secure, but for what opt-out leaves open.
    /// </summary>
    public IEnumerable<ZoneQuestion> Questions()
    {
        var cuts = _types.Where(types => types.Key != Apex && types.Contains(RecordType.NS)).Select(types => types.Key).ToHashSet();
        var aliases = _types.Where(types => types.Contains(RecordType.DNAME)).Select(types => types.Key).ToHashSet();
        var deepest = IsOptOut ? Apex.LabelCount + DeepestWithOptOut : DomainName.MaxWireLength;
        var names = _types.Select(types => types.Key).Where(name => name.LabelCount <= deepest && !IsBelow(name, cuts) && !IsBelow(name, aliases)).ToHashSet();
        var above = _types.SelectMany(types => Above(types.Key)).ToHashSet();
        foreach (var name in names)
        {
            if (cuts.Contains(name))
            {
                yield return new(name, RecordType.DS, !IsOptOut || _types[name].Contains(RecordType.DS));
                continue;
            }

            foreach (var type in _types[name])
            {
                // Asked for an alias that leads to nothing, Unbound judges the nothing too, which opt-out leaves open.
                yield return new(name, type, !(IsOptOut && type == RecordType.CNAME));
            }

            if (_types[name].Contains(RecordType.CNAME))
            {
                continue;
            }

            yield return new(name, NoSuchType, true);
            if (name.Wire.Length + "expanded".Length >= DomainName.MaxWireLength)
            {
                continue;
            }

            if (name.IsWildcard)
            {
                foreach (var type in _types[name])
                {
                    yield return new(name.Parent.Prepend("expanded"u8), type, !IsOptOut);
                }
            }
            else if (!aliases.Contains(name) && name.Prepend("*"u8) is var wildcard && !_types.Contains(wildcard) && !above.Contains(wildcard))
            {
                // Where the wildcard is an empty non-terminal, Unbound does not believe the NSEC that BIND and Knot prove it by either.
                yield return new(name.Prepend("nothing"u8), RecordType.A, !IsOptOut);
            }
        }

        foreach (var name in names.SelectMany(Above).Distinct().Where(name => !_types.Contains(name)))
        {
            yield return new(name, RecordType.A, !IsOptOut);
        }
    }

    private bool IsBelow(DomainName name, HashSet<DomainName> ends) => name != Apex && Above(name).Any(ends.Contains);

    /// <summary>The names between one and the zone's end, the apex among them.</summary>
    private IEnumerable<DomainName> Above(DomainName name)
    {
        while (name != Apex)
        {
            name = name.Parent;
            yield return name;
        }
    }
}

/// <summary>A question that a zone can answer, or deny.</summary>
/// <param name="IsVouchedFor">Whether the answer must be secure; else it may be insecure.</param>
public sealed record ZoneQuestion(DomainName Name, RecordType Type, bool IsVouchedFor);
