using System.Buffers.Binary;
using System.Security.Cryptography;
using ManagedDns.Dns;
using ManagedDns.Engine.Cookies;

namespace ManagedDns.Engine.RateLimiting;

/// <summary>
/// Maps accounts to 64 bits with a random secret, so that nobody can aim at another's account. Multilinear: the upper half of k0 + Σ ki·xi mod 2^128
/// with 128-bit keys is strongly universal (two given accounts meet with a probability of 2^-64), at three multiplications a response.
/// </summary>
internal sealed class AccountHash
{
    private readonly UInt128 _offset = RandomKey();
    private readonly UInt128 _networkKey = RandomKey();
    private readonly UInt128 _subjectKey = RandomKey();
    private readonly UInt128 _kindKey = RandomKey();
    private readonly SipHash _names = SipHash.CreateRandom();
    private readonly uint _ipv4Mask;
    private readonly ulong _ipv6Mask;

    public AccountHash(int ipv4PrefixLength, int ipv6PrefixLength)
    {
        _ipv4Mask = (uint)(ulong.MaxValue << (32 - ipv4PrefixLength));
        _ipv6Mask = ipv6PrefixLength == 0 ? 0 : ulong.MaxValue << (64 - ipv6PrefixLength);
    }

    public ulong Account(ReadOnlySpan<byte> client, ResponseKind kind, ulong subject)
    {
        client = ClientAddress.Unmap(client);
        var isIPv4 = client.Length == 4;
        var network = isIPv4
            ? BinaryPrimitives.ReadUInt32BigEndian(client) & _ipv4Mask
            : BinaryPrimitives.ReadUInt64BigEndian(client) & _ipv6Mask;
        var kindAndFamily = ((uint)kind << 1) | (isIPv4 ? 1u : 0u);
        return (ulong)((_offset + (_networkKey * network) + (_subjectKey * subject) + (_kindKey * kindAndFamily)) >> 64);
    }

    public ulong Subject(ReadOnlySpan<byte> name)
    {
        Span<byte> folded = stackalloc byte[DomainName.MaxWireLength];
        name.CopyTo(folded);
        WireName.MakeLower(folded[..name.Length]);
        return _names.Compute(folded[..name.Length]);
    }

    private static UInt128 RandomKey()
    {
        Span<byte> octets = stackalloc byte[16];
        RandomNumberGenerator.Fill(octets);
        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}
