using System.Text;
using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Asking;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>The questions put about a zone: every name with every type it has and those that make a difference, its neighbours, and names below it.</summary>
public static class QueryPlan
{
    private static readonly RecordType[] s_everywhere =
        [RecordType.A, RecordType.TXT, RecordType.NS, RecordType.DS, RecordType.CNAME, RecordType.DNAME, RecordType.SOA, RecordType.NSEC, (RecordType)65280];

    private static readonly RecordType[] s_nearby = [RecordType.A, RecordType.TXT, RecordType.NS, RecordType.DS];

    /// <summary>Below a DNAME that leads below itself each server stops after a number of steps of its own: nothing to compare.</summary>
    private static readonly DomainName s_endless = DomainName.Parse("dgrow");

    /// <param name="records">The zone's records, as a transfer gives them.</param>
    public static List<Query> For(DomainName origin, IReadOnlyList<ReplyRecord> records)
    {
        var owners = records.Where(r => r.Type != RecordType.NSEC3 && !(r.Type == RecordType.RRSIG && r.RdataHex.StartsWith("0032", StringComparison.Ordinal)))
            .GroupBy(r => r.Owner, r => r.Type).ToDictionary(g => g.Key, g => g.ToHashSet());
        var nearby = owners.Keys.SelectMany(Neighbours).Concat(owners.Keys.SelectMany(o => Ancestors(o, origin)))
            .Where(n => n.IsSubdomainOf(origin) && !IsBelow(n, s_endless, origin)).ToHashSet();
        nearby.ExceptWith(owners.Keys);
        var queries = owners.SelectMany(o => o.Value.Where(t => t != RecordType.RRSIG).Union(s_everywhere).Select(t => new Query(o.Key, t)))
            .Concat(nearby.SelectMany(n => s_nearby.Select(t => new Query(n, t))));
        return [.. queries.SelectMany(q => new[] { q, q with { DnssecOk = true } }).OrderBy(q => q.Name).ThenBy(q => q.Type)];
    }

    private static bool IsBelow(DomainName name, DomainName relative, DomainName origin) =>
        Ancestors(name, origin).Any(a => a != origin && a.Parent == origin && a.Wire[..^origin.Wire.Length].SequenceEqual(relative.Wire[..^1]));

    private static IEnumerable<DomainName> Neighbours(DomainName name)
    {
        yield return Prepend(name, "below");
        yield return Prepend(Prepend(name, "further"), "below");
        yield return Prepend(name, "*");
        if (!name.IsRoot)
        {
            var label = name.Wire.Slice(1, name.Wire[0]).ToArray();
            yield return Prepend(name.Parent, [.. label, (byte)'0']);
            yield return Prepend(name.Parent, [(byte)'0', .. label]);
        }
    }

    private static IEnumerable<DomainName> Ancestors(DomainName name, DomainName origin)
    {
        for (; name != origin && !name.IsRoot; name = name.Parent)
        {
            yield return name.Parent;
        }
    }

    private static DomainName Prepend(DomainName name, string label) => Prepend(name, Encoding.ASCII.GetBytes(label));

    /// <summary>The name itself where the longer one would not be a name any more.</summary>
    private static DomainName Prepend(DomainName name, ReadOnlySpan<byte> label) =>
        label.Length <= DomainName.MaxLabelLength && name.Wire.Length + label.Length + 1 <= DomainName.MaxWireLength ? name.Prepend(label) : name;
}
