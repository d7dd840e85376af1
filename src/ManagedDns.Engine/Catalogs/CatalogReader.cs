using System.Collections.Immutable;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Catalogs;

/// <summary>
/// Reads a catalog zone (RFC 9432 §4). A catalog that breaks a rule is broken as a whole: nothing may be taken from it. Properties that are not known are
/// passed over.
/// </summary>
internal sealed class CatalogReader
{
    public const string SchemaVersion = "2";

    private readonly DomainName _apex;
    private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly List<string> _versions = [];
    private string? _broken;

    private CatalogReader(DomainName apex) => _apex = apex;

    /// <summary>What the catalog lists, in the order of the members' ids, or why it is broken.</summary>
    public static CatalogVersion Read(long zoneId, ZoneContents zone)
    {
        var reader = new CatalogReader(zone.Apex);
        using (var walk = zone.Walk())
        {
            while (reader._broken is null && walk.MoveNext())
            {
                reader.Take(walk.Current);
            }
        }

        var entries = reader.Entries();
        return reader._broken is null
            ? new(zoneId, zone.Serial, entries, null)
            : new(zoneId, zone.Serial, [], new(
                FailureReason.CatalogBroken,
                null,
                $"Serial {zone.Serial} of the catalog is broken: {reader._broken}.",
                "Correct the catalog on the primary; until then nothing is taken from it, and all its members stay as they are."));
    }

    private void Take(in WireRecord record)
    {
        var labels = WireLabels(record.Owner);
        switch (labels)
        {
            case ["version"] when record.Type == RecordType.TXT:
                _versions.Add(Text(record.Rdata) ?? "");
                break;
            case [var id, "zones"] when record.Type == RecordType.PTR:
                TakeOne(ref NodeOf(id).Zone, record, "member node", id);
                break;
            case ["coo", var id, "zones"] when record.Type == RecordType.PTR:
                TakeOne(ref NodeOf(id).NewCatalog, record, "property coo of member", id);
                break;
            case ["group", var id, "zones"] when record.Type == RecordType.TXT:
                TakeGroup(NodeOf(id), record, id);
                break;
        }
    }

    private void TakeOne(ref DomainName? name, in WireRecord record, string what, string id)
    {
        var given = DomainName.FromWire(record.Rdata);
        if (name is not null && name != given)
        {
            _broken = $"{what} {id} has several PTR records";
        }

        name = given;
    }

    private void TakeGroup(Node node, in WireRecord record, string id)
    {
        if (Text(record.Rdata) is { Length: > 0 } group)
        {
            node.Groups.Add(group);
        }
        else
        {
            _broken = $"property group of member {id} is not one character-string";
        }
    }

    private ImmutableArray<CatalogEntry> Entries()
    {
        _broken ??= _versions switch
        {
            [] => $"version.{_apex.ToDisplayString()} has no TXT record",
            [SchemaVersion] => null,
            [var other] => $"its schema version is '{other}', and {SchemaVersion} is what is known here",
            _ => $"version.{_apex.ToDisplayString()} has several TXT records",
        };
        var zones = new Dictionary<DomainName, string>();
        var entries = ImmutableArray.CreateBuilder<CatalogEntry>();
        foreach (var (id, node) in _nodes)
        {
            if (node.Zone is null)
            {
                continue;
            }

            if (!zones.TryAdd(node.Zone, id))
            {
                _broken ??= $"{node.Zone.ToDisplayString()} is listed by the members {zones[node.Zone]} and {id}";
            }

            entries.Add(new(id, node.Zone, [.. node.Groups], node.NewCatalog));
        }

        return entries.DrainToImmutable();
    }

    private Node NodeOf(string id)
    {
        if (!_nodes.TryGetValue(id, out var node))
        {
            _nodes.Add(id, node = new());
        }

        return node;
    }

    /// <summary>The labels before the apex, in lower case and as they are written.</summary>
    private string[] WireLabels(ReadOnlySpan<byte> owner)
    {
        var labels = new List<string>(3);
        for (var rest = owner[..^_apex.Wire.Length]; rest.Length > 0; rest = rest[(rest[0] + 1)..])
        {
            byte[] name = [.. rest[..(rest[0] + 1)], 0];
            labels.Add(DomainName.FromWire(name).ToDisplayString().ToLowerInvariant());
        }

        return [.. labels];
    }

    /// <summary>The data of a TXT record that is one character-string; null where it is not.</summary>
    private static string? Text(ReadOnlySpan<byte> rdata) => rdata.Length == rdata[0] + 1 ? Encoding.UTF8.GetString(rdata[1..]) : null;

    private sealed class Node
    {
        public DomainName? Zone;
        public DomainName? NewCatalog;

        public List<string> Groups { get; } = [];
    }
}
