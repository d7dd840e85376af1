using ManagedDns.Dns;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>Collects the difference sequence from one signed version to the next. SOA records come from the versions and are passed over here.</summary>
internal sealed class DifferenceBuilder
{
    private readonly DifferenceWriter _deleted = new();
    private readonly DifferenceWriter _added = new();
    private readonly uint _from;

    public DifferenceBuilder(ZoneContents before)
    {
        _from = before.Serial;
        _deleted.Add(before.Find(before.Apex, RecordType.SOA)[0].AsWire());
    }

    private readonly List<ResourceRecord> _pending = [];

    public void Delete(ResourceRecord record)
    {
        if (record.Type != RecordType.SOA)
        {
            _deleted.Add(record.AsWire());
        }
    }

    public void Add(ResourceRecord record)
    {
        if (record.Type != RecordType.SOA)
        {
            _pending.Add(record);
        }
    }

    public Difference Build(ZoneContents after)
    {
        _added.Add(after.Find(after.Apex, RecordType.SOA)[0].AsWire());
        foreach (var record in _pending)
        {
            _added.Add(record.AsWire());
        }

        var (deleted, added) = (_deleted.Records, _added.Records);
        return new(_from, after.Serial, [.. _deleted.Take(), .. _added.Take()], deleted, added);
    }
}
