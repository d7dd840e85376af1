using ManagedDns.Dns;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>The owners that are to be written anew.</summary>
/// <param name="Names">Those whose received records differ, or whose signatures are due.</param>
/// <param name="Nsec3Owners">Owners of NSEC3 records whose signatures are due; they are in the chain of the version before.</param>
internal sealed record ChangedOwners(IReadOnlyCollection<DomainName> Names, IReadOnlyCollection<DomainName> Nsec3Owners);

/// <summary>
/// Signs what differs: makes the next signed version out of the one before, given the owners that changed in the received one. Each of these owners, and
/// each neighbour in the chain of NSEC or NSEC3 records that the change concerns, is written anew as the whole zone would have it, and what is not the same
/// as before becomes the difference. The cost follows the size of the change.
/// </summary>
internal sealed unsafe class DifferenceSigner
{
    private readonly SigningPlan _plan;
    private readonly ZoneContents _received;
    private readonly ZoneContents _before;
    private readonly OwnerWriter _owners;
    private readonly SigningBatch _batch = new();
    private readonly List<(DomainName Owner, bool IsNsec3, int From)> _written = [];
    private readonly HashSet<DomainName> _changed;
    private readonly IReadOnlyCollection<DomainName> _nsec3;

    public DifferenceSigner(
        SigningPlan plan, ZoneContents received, ZoneContents before, ChangedOwners changed, uint serial, DateTimeOffset now,
        DateTimeOffset renewBefore)
    {
        _plan = plan;
        _received = received;
        _before = before;
        _owners = new(plan, new SetWriter(plan, received.Apex, now, renewBefore), received, serial);
        _changed = [.. changed.Names, received.Apex];
        _nsec3 = changed.Nsec3Owners;
        AddFreedAndHidden();
    }

    /// <summary>How many owners will be written at least: where they are a large part of the zone, signing it whole is quicker.</summary>
    public int Owners => _changed.Count + _nsec3.Count;

    public NewVersion Sign()
    {
        var bitmaps = WriteNames();
        if (_plan.IsNsec3)
        {
            WriteNsec3Chain(bitmaps);
        }
        else
        {
            WriteNsecChain(bitmaps);
        }

        _batch.Sign();
        return Apply();
    }

    /// <summary>Where a zone cut or a DNAME came or went, all names below it changed what they are.</summary>
    private void AddFreedAndHidden()
    {
        foreach (var owner in _changed.ToList())
        {
            if (owner != _received.Apex && (Hides(_received, owner) != Hides(_before, owner)))
            {
                _changed.UnionWith(ZoneNames.Below(_received, owner));
                _changed.UnionWith(ZoneNames.Below(_before, owner));
            }
        }
    }

    private static bool Hides(ZoneContents zone, DomainName owner)
    {
        var cell = ZoneNames.Cell(zone.Version.Header, ZoneNames.Relative(zone.Apex, owner), isNsec3: false, out var leaf);
        return cell != null && (leaf->IsCut || leaf->HasDname);
    }

    /// <summary>Writes the changed owners that there still are, and returns the bitmaps of those in the chain.</summary>
    private Dictionary<DomainName, byte[]> WriteNames()
    {
        var bitmaps = new Dictionary<DomainName, byte[]>();
        var header = _received.Version.Header;
        foreach (var owner in _changed.Order())
        {
            _written.Add((owner, IsNsec3: false, _batch.Records));
            var name = ZoneNames.Relative(_received.Apex, owner);
            var cell = ZoneNames.Cell(header, name, isNsec3: false, out var leaf);
            if (cell == null)
            {
                continue;
            }

            var kind = OwnerWriter.KindOf(leaf, cell);
            _owners.Write(_batch, owner.Wire, cell, kind, isApex: name.IsEmpty, Before(owner, isNsec3: false));
            if (_owners.IsInChain(kind))
            {
                if (!_plan.IsNsec3)
                {
                    _owners.Types.Add(RecordType.NSEC);
                    _owners.Types.Add(RecordType.RRSIG);
                }

                bitmaps.Add(owner, _owners.Types.ToBitmap());
            }
        }

        return bitmaps;
    }

    private void WriteNsecChain(Dictionary<DomainName, byte[]> bitmaps)
    {
        var chain = Chain(bitmaps, _changed, isNsec3: false, out var neighbours);

        // The owners are there already: each is opened again and its NSEC goes with its other records.
        foreach (var owner in bitmaps.Keys.Union(neighbours).Order())
        {
            var bitmap = bitmaps.TryGetValue(owner, out var known) ? known : OldBitmap(owner, isNsec3: false);
            if (!_changed.Contains(owner))
            {
                WriteUnchanged(owner);
            }

            _written.Add((owner, IsNsec3: false, _batch.Records));
            _batch.Begin(owner.Wire);
            _owners.Sets.Write(
                _batch, owner.Wire, RecordType.NSEC, _owners.DenialTtl, [OwnerWriter.NsecRdata(chain.Next(owner).Wire, bitmap)],
                Before(owner, isNsec3: false));
        }
    }

    private void WriteNsec3Chain(Dictionary<DomainName, byte[]> bitmaps)
    {
        var hashed = new Dictionary<DomainName, byte[]>();
        var all = new HashSet<DomainName>();
        foreach (var name in _changed.SelectMany(Ancestors).Distinct())
        {
            var owner = Nsec3Names.Owner(_received.Apex, name);
            all.Add(owner);
            if (bitmaps.TryGetValue(name, out var bitmap))
            {
                hashed.Add(owner, bitmap);
            }
            else if (ZoneNames.IsInNsec3Chain(_received, name, _owners))
            {
                // Unchanged itself it keeps its types; what was not there before is an empty non-terminal.
                hashed.Add(owner, _changed.Contains(name) || Before(owner, isNsec3: true) == null ? [] : OldBitmap(owner, isNsec3: true));
            }
        }

        var chain = Chain(hashed, all, isNsec3: true, out var neighbours);
        foreach (var owner in all.Union(neighbours).Union(_nsec3).Order())
        {
            _written.Add((owner, IsNsec3: true, _batch.Records));
            var isThere = hashed.TryGetValue(owner, out var bitmap);
            if (isThere || !all.Contains(owner))
            {
                var next = Nsec3Names.HashOf(chain.Next(owner));
                _batch.Begin(owner.Wire);
                _owners.Sets.Write(
                    _batch, owner.Wire, RecordType.NSEC3, _owners.DenialTtl,
                    [Nsec3Names.Rdata(_plan.IsOptOut, next, isThere ? bitmap! : OldBitmap(owner, isNsec3: true))], Before(owner, isNsec3: true));
            }
        }
    }

    /// <summary>The chain as it will be, and the owners in it whose next one changes because a neighbour came or went.</summary>
    /// <param name="present">Those of <paramref name="all"/> that will be in the chain.</param>
    private DenialChain Chain(Dictionary<DomainName, byte[]> present, HashSet<DomainName> all, bool isNsec3, out HashSet<DomainName> neighbours)
    {
        var entering = present.Keys.Where(owner => !WasInChain(owner, isNsec3)).ToList();
        var leaving = all.Where(owner => !present.ContainsKey(owner) && WasInChain(owner, isNsec3)).ToList();
        var chain = new DenialChain(_before, isNsec3, entering, leaving);
        neighbours = [.. entering.Concat(leaving).Select(chain.Previous)];
        return chain;
    }

    private bool WasInChain(DomainName owner, bool isNsec3)
    {
        var cell = Before(owner, isNsec3);
        return cell != null && NameCell.Find(cell, isNsec3 ? RecordType.NSEC3 : RecordType.NSEC) != null;
    }

    private byte[] OldBitmap(DomainName owner, bool isNsec3)
    {
        var cell = Before(owner, isNsec3);
        var rdata = SetWriter.Rdata(NameCell.Find(cell, isNsec3 ? RecordType.NSEC3 : RecordType.NSEC)->Records);
        return rdata[(isNsec3 ? 6 + Nsec3Names.HashLength : WireName.Length(rdata))..].ToArray();
    }

    /// <summary>The name and those between it and the apex, which may become empty non-terminals or cease to be.</summary>
    private IEnumerable<DomainName> Ancestors(DomainName name)
    {
        for (var ancestor = name; ancestor.Wire.Length >= _received.Apex.Wire.Length; ancestor = ancestor.Parent)
        {
            yield return ancestor;
            if (ancestor == _received.Apex)
            {
                break;
            }
        }
    }

    private byte* Before(DomainName owner, bool isNsec3) =>
        ZoneNames.Cell(_before.Version.Header, ZoneNames.Relative(_before.Apex, owner), isNsec3, out _);

    /// <summary>Writes all records of an owner as they are but its NSEC and that's signatures.</summary>
    private void WriteUnchanged(DomainName owner)
    {
        _written.Add((owner, IsNsec3: false, _batch.Records));
        _batch.Begin(owner.Wire);
        foreach (var record in RecordsBefore(owner, isNsec3: false))
        {
            if (record.Type != RecordType.NSEC && !(record.Type == RecordType.RRSIG && Covers(record.Rdata.Span, RecordType.NSEC)))
            {
                _batch.Add(record.Type, record.Ttl, record.Rdata.Span);
            }
        }
    }

    private static bool Covers(ReadOnlySpan<byte> rrsig, RecordType type) => (rrsig[0] << 8 | rrsig[1]) == (int)type;

    private List<ResourceRecord> RecordsBefore(DomainName owner, bool isNsec3)
    {
        var records = new List<ResourceRecord>();
        var cell = Before(owner, isNsec3);
        if (cell == null)
        {
            return records;
        }

        var entry = NameCell.FirstSet(cell);
        for (var left = NameCell.SetCount(cell); left > 0; left--, entry = entry->Next)
        {
            var set = entry->Resolved;
            for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
            {
                records.Add(ResourceRecord.From(ZoneWalk.Read(record, owner.Wire)));
            }
        }

        return records;
    }

    /// <summary>Compares what was written with what was there, owner by owner, and makes the new version and the difference of it.</summary>
    private NewVersion Apply()
    {
        using var update = new ZoneUpdate(_before);
        var difference = new DifferenceBuilder(_before);
        foreach (var group in Written().GroupBy(part => (part.Owner, part.IsNsec3)))
        {
            var old = RecordsBefore(group.Key.Owner, group.Key.IsNsec3).Where(record => record.Type != RecordType.ZONEMD && !CoversZonemd(record)).ToHashSet();
            var added = new List<ResourceRecord>();
            foreach (var record in group.SelectMany(part => part.Records))
            {
                if (!old.Remove(record))
                {
                    added.Add(record);
                }
            }

            foreach (var record in old)
            {
                update.Delete(record.AsWire());
                difference.Delete(record);
            }

            foreach (var record in added)
            {
                update.Add(record.AsWire());
                difference.Add(record);
            }
        }

        var version = update.Build();
        return new(version, [difference.Build(version)]);
    }

    private bool CoversZonemd(ResourceRecord record) => record.Type == RecordType.RRSIG && Covers(record.Rdata.Span, RecordType.ZONEMD) && _plan.ZoneDigest is not null;

    private IEnumerable<(DomainName Owner, bool IsNsec3, List<ResourceRecord> Records)> Written()
    {
        for (var i = 0; i < _written.Count; i++)
        {
            var records = new List<ResourceRecord>();
            var end = i + 1 < _written.Count ? _written[i + 1].From : _batch.Records;
            for (var record = _written[i].From; record < end; record++)
            {
                records.Add(ResourceRecord.From(_batch[record]));
            }

            yield return (_written[i].Owner, _written[i].IsNsec3, records);
        }
    }
}
