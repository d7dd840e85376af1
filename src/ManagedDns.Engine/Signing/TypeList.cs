using ManagedDns.Dns;
using ManagedDns.Dns.Records;

namespace ManagedDns.Engine.Signing;

/// <summary>The types of one owner for its NSEC or NSEC3 record. Most owners of a zone have the same few lists, so their bitmaps are made once.</summary>
internal sealed class TypeList
{
    private readonly Dictionary<ulong, byte[]> _bitmaps = [];
    private readonly List<RecordType> _others = [];
    private ulong _low;

    public bool IsEmpty => _low == 0 && _others.Count == 0;

    public void Clear()
    {
        _low = 0;
        _others.Clear();
    }

    public void Add(RecordType type)
    {
        if ((ushort)type < 64)
        {
            _low |= 1UL << (ushort)type;
        }
        else if (!_others.Contains(type))
        {
            _others.Add(type);
        }
    }

    /// <summary>The bitmap; the same object for the same types below 64 alone.</summary>
    public byte[] ToBitmap()
    {
        if (_others.Count == 0 && _bitmaps.TryGetValue(_low, out var known))
        {
            return known;
        }

        List<RecordType> types = [.. _others];
        for (var type = 0; type < 64; type++)
        {
            if ((_low >> type & 1) != 0)
            {
                types.Add((RecordType)type);
            }
        }

        Span<byte> buffer = stackalloc byte[TypeBitmap.MaxLength];
        var bitmap = buffer[..TypeBitmap.Write(types, buffer)].ToArray();
        if (_others.Count == 0)
        {
            _bitmaps.Add(_low, bitmap);
        }

        return bitmap;
    }
}
