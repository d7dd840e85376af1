using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>The label of a name's NSEC3 record: the iterated, salted hash of the name (RFC 5155 §5) in base32hex.</summary>
internal static unsafe class Nsec3Hash
{
    /// <summary>The label's length octet and 32 digits.</summary>
    public const int LabelLength = 33;

    /// <param name="name">The whole name in lower case.</param>
    /// <param name="label">Takes <see cref="LabelLength"/> octets, in lower case as trie keys have them.</param>
    public static void Write(ZoneHeader* zone, ReadOnlySpan<byte> name, Span<byte> label)
    {
        Span<byte> input = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[Sha1Hash.Length];
        var salt = new ReadOnlySpan<byte>(zone->Nsec3Salt, zone->Nsec3SaltLength);
        name.CopyTo(input);
        salt.CopyTo(input[name.Length..]);
        Sha1Hash.Compute(input[..(name.Length + salt.Length)], hash);
        for (var i = 0; i < zone->Nsec3Iterations; i++)
        {
            hash.CopyTo(input);
            salt.CopyTo(input[hash.Length..]);
            Sha1Hash.Compute(input[..(hash.Length + salt.Length)], hash);
        }

        label[0] = LabelLength - 1;
        for (var group = 0; group < 4; group++)
        {
            ulong bits = 0;
            for (var i = 0; i < 5; i++)
            {
                bits = bits << 8 | hash[(5 * group) + i];
            }

            for (var i = 0; i < 8; i++)
            {
                label[1 + (8 * group) + i] = "0123456789abcdefghijklmnopqrstuv"u8[(int)(bits >> (35 - (5 * i))) & 31];
            }
        }
    }
}
