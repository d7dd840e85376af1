using System.Buffers.Binary;

namespace ManagedDns.Engine.Signing;

/// <summary>A SHA-1 hash as a value that sorts as its octets do: a million of them lie side by side.</summary>
internal readonly record struct Hash20(ulong High, ulong Middle, uint Low) : IComparable<Hash20>
{
    public Hash20(ReadOnlySpan<byte> hash)
        : this(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]), BinaryPrimitives.ReadUInt32BigEndian(hash[16..]))
    {
    }

    public int CompareTo(Hash20 other)
    {
        var order = High.CompareTo(other.High);
        order = order != 0 ? order : Middle.CompareTo(other.Middle);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    public void CopyTo(Span<byte> hash)
    {
        BinaryPrimitives.WriteUInt64BigEndian(hash, High);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], Middle);
        BinaryPrimitives.WriteUInt32BigEndian(hash[16..], Low);
    }
}
