using System.Buffers.Binary;
using System.Numerics;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// SHA-1 over short inputs, for the hashed owner names of RFC 5155 alone, where it is no protection but a permutation. The platform's takes a call into
/// its library with a context of its own, several times the cost for one block.
/// </summary>
internal static class Sha1Hash
{
    public const int Length = 20;

    private const int BlockLength = 64;

    /// <param name="data">At most 1024 octets.</param>
    public static void Compute(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Span<uint> state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
        var bits = (ulong)data.Length * 8;
        for (; data.Length >= BlockLength; data = data[BlockLength..])
        {
            Transform(state, data);
        }

        Span<byte> tail = stackalloc byte[2 * BlockLength];
        tail.Clear();
        data.CopyTo(tail);
        tail[data.Length] = 0x80;
        var length = data.Length + 9 <= BlockLength ? BlockLength : 2 * BlockLength;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(length - 8)..], bits);
        for (var at = 0; at < length; at += BlockLength)
        {
            Transform(state, tail[at..]);
        }

        for (var i = 0; i < 5; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
        }
    }

    private static void Transform(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[80];
        for (var i = 0; i < 16; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        }

        for (var i = 16; i < 80; i++)
        {
            words[i] = BitOperations.RotateLeft(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (var i = 0; i < 20; i++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, d ^ (b & (c ^ d)), 0x5A827999, words[i]);
        }

        for (var i = 20; i < 40; i++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, b ^ c ^ d, 0x6ED9EBA1, words[i]);
        }

        for (var i = 40; i < 60; i++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, (b & c) | (d & (b | c)), 0x8F1BBCDC, words[i]);
        }

        for (var i = 60; i < 80; i++)
        {
            Round(ref a, ref b, ref c, ref d, ref e, b ^ c ^ d, 0xCA62C1D6, words[i]);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }

    private static void Round(ref uint a, ref uint b, ref uint c, ref uint d, ref uint e, uint f, uint k, uint word)
    {
        var next = BitOperations.RotateLeft(a, 5) + f + e + k + word;
        e = d;
        d = c;
        c = BitOperations.RotateLeft(b, 30);
        b = a;
        a = next;
    }
}
