using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Records;

namespace ManagedDns.Engine.Zones;

/// <summary>The records of one owner while they are gathered and changed; makes the cell they are kept in.</summary>
internal sealed unsafe class RecordScratch
{
    private const int LargestKept = 1 << 16;

    /// <summary>Fewer records than this are looked through; more are indexed when one is looked for.</summary>
    private const int FewRecords = 32;

    private static readonly ConcurrentBag<RecordScratch> s_pool = [];

    private byte[] _rdata = new byte[1024];
    private int _used;
    private Entry[] _entries = new Entry[16];
    private RecordIndex? _index;
    private bool _haveSignatures;

    public int Count { get; private set; }

    public static RecordScratch Rent() => s_pool.TryTake(out var scratch) ? scratch : new RecordScratch();

    public static void Return(RecordScratch scratch)
    {
        if (scratch._rdata.Length <= LargestKept)
        {
            scratch.Clear();
            s_pool.Add(scratch);
        }
    }

    public void Clear()
    {
        (_used, Count, _haveSignatures) = (0, 0, false);
        _index?.Clear();
    }

    public bool Has(RecordType type)
    {
        foreach (ref readonly var entry in Entries)
        {
            if (entry.Type == (ushort)type && !entry.IsSignature)
            {
                return true;
            }
        }

        return false;
    }

    public void Load(byte* cell)
    {
        var entry = NameCell.FirstSet(cell);
        for (var left = NameCell.SetCount(cell); left > 0; left--, entry = entry->Next)
        {
            var set = entry->Resolved;
            var record = set->Records;
            for (; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
            {
                Add((RecordType)set->Type, BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(record + 6, 4)),
                    new ReadOnlySpan<byte>(record + RecordSet.RecordHeader, RecordSet.RdataLength(record)));
            }
        }
    }

    public void Add(RecordType type, uint ttl, ReadOnlySpan<byte> rdata)
    {
        if (_used + rdata.Length > _rdata.Length)
        {
            Array.Resize(ref _rdata, Math.Max(_rdata.Length * 2, _used + rdata.Length));
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        var (covered, signature) = SetOf(type, rdata);
        _haveSignatures |= signature;
        _entries[Count++] = new Entry(covered, signature, ttl, _used, rdata.Length);
        rdata.CopyTo(_rdata.AsSpan(_used));
        _used += rdata.Length;
    }

    /// <summary>Takes a record out, found by type and RDATA. TTLs need not be equal: RFC 1995 deletes by what the record says.</summary>
    public bool Delete(RecordType type, ReadOnlySpan<byte> rdata)
    {
        var index = Find(type, rdata, exact: true);
        index = index >= 0 ? index : Find(type, rdata, exact: false);
        if (index < 0)
        {
            return false;
        }

        if (_index?.Count == Count)
        {
            _index.Remove(index);
        }
        else
        {
            _index?.Clear();
        }

        // Their order counts only once they are arranged.
        _entries[index] = _entries[--Count];
        return true;
    }

    public bool Contains(RecordType type, ReadOnlySpan<byte> rdata) => Find(type, rdata, exact: true) >= 0;

    /// <summary>Puts the records in order, RRset by RRset with its signatures behind it, and drops those that are there twice (RFC 2181 §5).</summary>
    /// <returns>The number of sets and the octets they take.</returns>
    public (int Sets, int Bytes) Arrange()
    {
        _index?.Clear();
        if (Sort(Entries))
        {
            DropTwice();
        }

        if (_haveSignatures)
        {
            FindOrphans();
        }

        int sets = 0, bytes = 0;
        var orphans = false;
        var entries = Entries;
        for (var i = 0; i < entries.Length; i++)
        {
            ref readonly var entry = ref entries[i];
            if (entry.IsOrphan ? !orphans : i == 0 || !entries[i - 1].IsSameSet(entry))
            {
                sets++;
                bytes += RecordSet.HeaderSize;
            }

            orphans |= entry.IsOrphan;
            bytes += RecordSet.RecordHeader + entry.Length;
        }

        return (sets, bytes);
    }

    /// <summary>Writes what <see cref="Arrange"/> has put in order. The records of a set get the lowest of their TTLs (RFC 2181 §5.2).</summary>
    public void Write(byte* at)
    {
        var entries = Entries;
        at = _haveSignatures ? WriteOrphans(at, entries) : at;
        for (var i = 0; i < entries.Length;)
        {
            var first = i++;
            ref readonly var entry = ref entries[first];
            var lowest = entry.Ttl;
            for (; i < entries.Length && entries[i].IsSameSet(entry); i++)
            {
                lowest = Math.Min(lowest, entries[i].Ttl);
            }

            if (entry.IsOrphan)
            {
                continue;
            }

            var set = RecordSet.Begin(at, entry.IsSignature ? (ushort)RecordType.RRSIG : entry.Type);
            foreach (ref readonly var record in entries[first..i])
            {
                set->Append(record.IsSignature ? record.Ttl : lowest, Rdata(record));
            }

            at = (byte*)set->Next;
        }
    }

    private Span<Entry> Entries => _entries.AsSpan(0, Count);

    private static (ushort Type, bool IsSignature) SetOf(RecordType type, ReadOnlySpan<byte> rdata) =>
        type == RecordType.RRSIG ? (rdata.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(rdata) : (ushort)0, true) : ((ushort)type, false);

    /// <summary>Signatures over sets that are not there stand first, in one set.</summary>
    private byte* WriteOrphans(byte* at, ReadOnlySpan<Entry> entries)
    {
        RecordSet* set = null;
        foreach (ref readonly var entry in entries)
        {
            if (entry.IsOrphan)
            {
                set = set == null ? RecordSet.Begin(at, (ushort)RecordType.RRSIG) : set;
                set->Append(entry.Ttl, Rdata(entry));
            }
        }

        return set == null ? at : (byte*)set->Next;
    }

    private ReadOnlySpan<byte> Rdata(in Entry entry) => _rdata.AsSpan(entry.Offset, entry.Length);

    private int Find(RecordType type, ReadOnlySpan<byte> rdata, bool exact)
    {
        if (Count > FewRecords)
        {
            return FindIndexed(type, rdata, exact);
        }

        for (var i = 0; i < Count; i++)
        {
            if (IsSame(_entries[i], type, rdata, exact))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>So that changes to an RRset of many thousands take time in proportion to the changes.</summary>
    private int FindIndexed(RecordType type, ReadOnlySpan<byte> rdata, bool exact)
    {
        var index = _index ??= new RecordIndex();
        for (var i = index.Count; i < Count; i++)
        {
            index.Add(WireName.HashCode(Rdata(_entries[i])));
        }

        var hash = WireName.HashCode(rdata);
        var found = index.First(hash);
        while (found >= 0 && !IsSame(_entries[found], type, rdata, exact))
        {
            found = index.Next(found, hash);
        }

        return found;
    }

    private bool IsSame(in Entry entry, RecordType type, ReadOnlySpan<byte> rdata, bool exact)
    {
        var (covered, signature) = SetOf(type, rdata);
        return entry.Type == covered && entry.IsSignature == signature
            && (exact ? Rdata(entry).SequenceEqual(rdata) : HaveSameCanonicalForm(type, Rdata(entry), rdata));
    }

    /// <summary>Whether RDATA differs at most in the case of its names (RFC 4034 §6.2): text and addresses have no case.</summary>
    private static bool HaveSameCanonicalForm(RecordType type, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        // Nearly all that is not equal differs in more than case: that costs no copy.
        var layout = RdataLayout.Of(type);
        if (!layout.HasCanonicalCase || !WireName.Equals(left, right))
        {
            return false;
        }

        byte[] one = left.ToArray(), other = right.ToArray();
        layout.MakeCanonical(one);
        layout.MakeCanonical(other);
        return one.AsSpan().SequenceEqual(other);
    }

    /// <returns>Whether there may be records that are there twice.</returns>
    private bool Sort(Span<Entry> entries)
    {
        if (entries.Length > FewRecords)
        {
            entries.Sort((left, right) => Compare(left, right));
            return true;
        }

        var areTwice = false;
        for (var i = 1; i < entries.Length; i++)
        {
            var entry = entries[i];
            var at = i;
            int order;
            while ((order = Compare(entries[at - 1], entry)) > 0)
            {
                entries[at] = entries[--at];
                if (at == 0)
                {
                    break;
                }
            }

            entries[at] = entry;
            areTwice |= order == 0;
        }

        return areTwice;
    }

    private void DropTwice()
    {
        var entries = Entries;
        var kept = 0;
        foreach (ref readonly var entry in entries)
        {
            if (kept > 0 && Compare(entries[kept - 1], entry) == 0)
            {
                entries[kept - 1].Ttl = Math.Min(entries[kept - 1].Ttl, entry.Ttl);
            }
            else
            {
                entries[kept++] = entry;
            }
        }

        Count = kept;
    }

    private void FindOrphans()
    {
        var entries = Entries;
        for (var i = 0; i < entries.Length; i++)
        {
            ref var entry = ref entries[i];
            var continues = i > 0 && entries[i - 1].IsSameSet(entry);
            entry.IsOrphan = entry.IsSignature && (continues ? entries[i - 1].IsOrphan : i == 0 || entries[i - 1].Type != entry.Type);
        }
    }

    private int Compare(in Entry left, in Entry right)
    {
        var order = left.Kind - right.Kind;
        return order != 0 ? order : Rdata(left).SequenceCompareTo(Rdata(right));
    }

    /// <summary>One record; of an RRSIG, <see cref="Type"/> is the type covered.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Entry(ushort type, bool isSignature, uint ttl, int offset, int length)
    {
        public readonly ushort Type = type;
        public readonly bool IsSignature = isSignature;
        public bool IsOrphan;
        public uint Ttl = ttl;
        public readonly int Offset = offset;
        public readonly int Length = length;

        /// <summary>Orders by type, signatures behind what they sign.</summary>
        public readonly int Kind => Type << 1 | (IsSignature ? 1 : 0);

        public readonly bool IsSameSet(in Entry other) => Type == other.Type && IsSignature == other.IsSignature;
    }
}
