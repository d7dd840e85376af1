using System.Buffers.Binary;
using System.Net;

namespace ManagedDns.Engine.RateLimiting;

/// <summary>A few networks, asked about addresses as octets without making objects. IPv4 is kept as mapped into IPv6.</summary>
internal sealed class NetworkList
{
    private const int AddressBits = 128;
    private const int IPv4Bits = 32;

    private readonly (UInt128 Prefix, UInt128 Mask)[] _networks;

    public NetworkList(IEnumerable<IPNetwork> networks) => _networks = [.. networks.Select(ToPair)];

    /// <param name="address">4 or 16 octets.</param>
    public bool Contains(ReadOnlySpan<byte> address)
    {
        if (_networks.Length == 0)
        {
            return false;
        }

        var number = ToNumber(address);
        foreach (var (prefix, mask) in _networks)
        {
            if ((number & mask) == prefix)
            {
                return true;
            }
        }

        return false;
    }

    private static (UInt128 Prefix, UInt128 Mask) ToPair(IPNetwork network)
    {
        var octets = network.BaseAddress.GetAddressBytes();
        var hostBits = octets.Length * 8 - network.PrefixLength;
        var mask = hostBits == AddressBits ? UInt128.Zero : UInt128.MaxValue << hostBits;
        return (ToNumber(octets) & mask, mask);
    }

    private static UInt128 ToNumber(ReadOnlySpan<byte> address) => address.Length == 4
        ? ((UInt128)0xFFFF << IPv4Bits) | BinaryPrimitives.ReadUInt32BigEndian(address)
        : BinaryPrimitives.ReadUInt128BigEndian(address);
}
