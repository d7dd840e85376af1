using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ManagedDns.Engine.Cookies;

/// <summary>SipHash-2-4 (Aumasson and Bernstein, 2012) with its key: a short-input MAC of 64 bits.</summary>
public readonly struct SipHash
{
    public const int KeyLength = 16;

    private readonly ulong _k0;
    private readonly ulong _k1;

    /// <param name="key">Exactly <see cref="KeyLength"/> octets.</param>
    public SipHash(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength, nameof(key));
        _k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    public static SipHash CreateRandom()
    {
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        return new SipHash(key);
    }

    /// <summary>The MAC. Its octets on the wire are those of the number in little-endian order.</summary>
    public ulong Compute(ReadOnlySpan<byte> data)
    {
        var state = new State(_k0, _k1);
        var length = (ulong)data.Length;
        for (; data.Length >= 8; data = data[8..])
        {
            state.Add(BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        var last = length << 56;
        for (var i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        state.Add(last);
        return state.Finish();
    }

    private struct State(ulong k0, ulong k1)
    {
        // "somepseudorandomlygeneratedbytes"
        private ulong _v0 = k0 ^ 0x736f6d6570736575;
        private ulong _v1 = k1 ^ 0x646f72616e646f6d;
        private ulong _v2 = k0 ^ 0x6c7967656e657261;
        private ulong _v3 = k1 ^ 0x7465646279746573;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Finish()
        {
            _v2 ^= 0xff;
            Round();
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _v0 += _v1;
            _v2 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v1;
            _v0 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
