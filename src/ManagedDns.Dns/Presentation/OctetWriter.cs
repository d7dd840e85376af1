using System.Buffers.Binary;

namespace ManagedDns.Dns.Presentation;

/// <summary>RDATA as it is put together.</summary>
internal ref struct OctetWriter(Span<byte> octets)
{
    private readonly Span<byte> _octets = octets;

    public int Length { get; private set; }

    public readonly Span<byte> Written => _octets[..Length];

    /// <summary>The room that is left.</summary>
    public readonly Span<byte> Rest => _octets[Length..];

    public void U8(int value) => Take(1)[0] = (byte)value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), (ushort)value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    public void Octets(scoped ReadOnlySpan<byte> octets) => octets.CopyTo(Take(octets.Length));

    /// <summary>Claims <paramref name="count"/> octets that the caller fills.</summary>
    /// <exception cref="FormatException">RDATA would grow past 65535 octets.</exception>
    public Span<byte> Take(int count)
    {
        if (count > _octets.Length - Length)
        {
            throw new FormatException("RDATA has at most 65535 octets.");
        }

        Length += count;
        return _octets.Slice(Length - count, count);
    }
}
