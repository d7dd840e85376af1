using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;

namespace ManagedDns.Engine.Signing;

/// <summary>The owners of NSEC3 records with the parameters that we sign with: SHA-1 once, no salt (RFC 5155 §5, RFC 9276).</summary>
internal static class Nsec3Names
{
    public const int HashLength = Sha1Hash.Length;

    private const int LabelLength = 32;

    /// <summary>RDATA of the apex NSEC3PARAM: SHA-1, no flags, 0 further iterations, no salt.</summary>
    public static readonly byte[] Parameters = [1, 0, 0, 0, 0];

    /// <param name="name">In wire form, any case.</param>
    public static void Hash(ReadOnlySpan<byte> name, Span<byte> hash)
    {
        Span<byte> lower = stackalloc byte[DomainName.MaxWireLength];
        name.CopyTo(lower);
        WireName.MakeLower(lower[..name.Length]);
        Sha1Hash.Compute(lower[..name.Length], hash);
    }

    public static DomainName Owner(DomainName zone, DomainName name)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        Hash(name.Wire, hash);
        Span<byte> owner = stackalloc byte[DomainName.MaxWireLength];
        return DomainName.FromWire(owner[..WriteOwner(zone.Wire, hash, owner)]);
    }

    /// <summary>Writes the owner of a hash and returns its length.</summary>
    public static int WriteOwner(ReadOnlySpan<byte> zone, ReadOnlySpan<byte> hash, Span<byte> owner)
    {
        owner[0] = LabelLength;
        for (var group = 0; group < 4; group++)
        {
            var bits = (ulong)BinaryPrimitives.ReadUInt32BigEndian(hash[(5 * group)..]) << 8 | hash[(5 * group) + 4];
            for (var i = 0; i < 8; i++)
            {
                owner[1 + (8 * group) + i] = "0123456789abcdefghijklmnopqrstuv"u8[(int)(bits >> (35 - (5 * i))) & 31];
            }
        }

        zone.CopyTo(owner[(1 + LabelLength)..]);
        return 1 + LabelLength + zone.Length;
    }

    /// <summary>The hash that an owner's first label stands for.</summary>
    public static byte[] HashOf(DomainName owner)
    {
        var hash = new byte[HashLength];
        var label = owner.Wire[1..];
        for (var group = 0; group < 4; group++)
        {
            ulong bits = 0;
            for (var i = 0; i < 8; i++)
            {
                var digit = WireName.Lower(label[(8 * group) + i]);
                bits = bits << 5 | (uint)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
            }

            for (var i = 4; i >= 0; i--, bits >>= 8)
            {
                hash[(5 * group) + i] = (byte)bits;
            }
        }

        return hash;
    }

    /// <summary>RDATA of an NSEC3 record.</summary>
    public static byte[] Rdata(bool optOut, ReadOnlySpan<byte> next, ReadOnlySpan<byte> bitmap) =>
        [1, optOut ? (byte)1 : (byte)0, 0, 0, 0, HashLength, .. next, .. bitmap];
}
