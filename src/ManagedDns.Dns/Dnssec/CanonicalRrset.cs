using System.Buffers.Binary;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Dnssec;

/// <summary>
/// An RRset in canonical form and order (RFC 4034 §6.2 and §6.3), collected record by record: the octets behind the RRSIG header that a signature is
/// made over. Reusable; not thread-safe.
/// </summary>
public sealed class CanonicalRrset
{
    private readonly byte[] _owner = new byte[DomainName.MaxWireLength];
    private readonly List<(int Start, int Length)> _records = [];
    private byte[] _rdata = new byte[1024];
    private int _used;
    private int _ownerLength;

    public RecordType Type { get; private set; }

    public uint Ttl { get; private set; }

    public int Count => _records.Count;

    public ReadOnlySpan<byte> Owner => _owner.AsSpan(0, _ownerLength);

    /// <summary>The octets that all records have.</summary>
    public int Length => (_records.Count * (_ownerLength + 10)) + _records.Sum(record => record.Length);

    /// <summary>Starts another RRset.</summary>
    /// <param name="owner">The owner that was signed: with a signature of fewer labels than it has, the wildcard that it came from.</param>
    public void Begin(ReadOnlySpan<byte> owner, RecordType type, uint ttl)
    {
        owner.CopyTo(_owner);
        _ownerLength = owner.Length;
        WireName.MakeLower(_owner.AsSpan(0, _ownerLength));
        Type = type;
        Ttl = ttl;
        _records.Clear();
        _used = 0;
    }

    /// <summary>Adds a record; one that is there already in canonical form does not count twice (RFC 4034 §6.3).</summary>
    /// <param name="rdata">Uncompressed.</param>
    public void Add(ReadOnlySpan<byte> rdata)
    {
        if (_rdata.Length < _used + rdata.Length)
        {
            Array.Resize(ref _rdata, Math.Max(2 * _rdata.Length, _used + rdata.Length));
        }

        var mine = _rdata.AsSpan(_used, rdata.Length);
        rdata.CopyTo(mine);
        RdataLayout.Of(Type).MakeCanonical(mine);
        var (low, high) = (0, _records.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var (start, length) = _records[middle];
            var order = _rdata.AsSpan(start, length).SequenceCompareTo(mine);
            if (order == 0)
            {
                return;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        _records.Insert(low, (_used, rdata.Length));
        _used += rdata.Length;
    }

    /// <summary>The canonical RDATA of one record, in canonical order.</summary>
    public ReadOnlySpan<byte> Rdata(int index)
    {
        var (start, length) = _records[index];
        return _rdata.AsSpan(start, length);
    }

    /// <summary>Writes all records, each with owner, type, class IN, TTL, length and RDATA; returns how many octets that are.</summary>
    public int Write(Span<byte> to) => Write(to, Ttl);

    /// <summary>The same with another TTL: the one that was signed.</summary>
    public int Write(Span<byte> to, uint ttl)
    {
        var position = 0;
        foreach (var (start, length) in _records)
        {
            position += WriteRecord(to[position..], Owner, Type, ttl, _rdata.AsSpan(start, length));
        }

        return position;
    }

    private static int WriteRecord(Span<byte> to, ReadOnlySpan<byte> owner, RecordType type, uint ttl, ReadOnlySpan<byte> rdata)
    {
        owner.CopyTo(to);
        to = to[owner.Length..];
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)RecordClass.IN);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], ttl);
        BinaryPrimitives.WriteUInt16BigEndian(to[8..], (ushort)rdata.Length);
        rdata.CopyTo(to[10..]);
        return owner.Length + 10 + rdata.Length;
    }
}
