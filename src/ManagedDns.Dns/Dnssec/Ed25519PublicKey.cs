using System.Numerics;
using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>
/// The public key of an Ed25519 seed (RFC 8032 §5.1.5), for programs without libsodium that read a key file. It takes milliseconds and its time tells of the
/// seed: nothing is signed with it.
/// </summary>
public static class Ed25519PublicKey
{
    public const int Length = 32;

    private static readonly BigInteger s_p = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger s_d = Mod(-121665 * Inverse(121666));
    private static readonly Point s_base = MakeBase();

    /// <param name="seed">32 octets.</param>
    public static byte[] Of(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Length);
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(seed, hash);
        hash[0] &= 0xF8;
        hash[31] = (byte)((hash[31] & 0x7F) | 0x40);
        var scalar = new BigInteger(hash[..Length], isUnsigned: true);
        CryptographicOperations.ZeroMemory(hash);
        var (sum, addend) = (new Point(BigInteger.Zero, BigInteger.One, BigInteger.One, BigInteger.Zero), s_base);
        for (; !scalar.IsZero; scalar >>= 1)
        {
            sum = scalar.IsEven ? sum : Add(sum, addend);
            addend = Add(addend, addend);
        }

        var inverse = Inverse(sum.Z);
        var (x, y) = (Mod(sum.X * inverse), Mod(sum.Y * inverse));
        var key = new byte[Length];
        y.TryWriteBytes(key, out _, isUnsigned: true);
        key[31] |= (byte)(x.IsEven ? 0 : 0x80);
        return key;
    }

    /// <summary>In extended homogeneous coordinates (RFC 8032 §5.1.4).</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);

    private static Point MakeBase()
    {
        var y = Mod(4 * Inverse(5));
        var x = BigInteger.Parse("15112221349535400772501151409588531511454012693041857206046113283949847762202", System.Globalization.CultureInfo.InvariantCulture);
        return new(x, y, BigInteger.One, Mod(x * y));
    }

    private static Point Add(Point p, Point q)
    {
        var (a, b) = (Mod((p.Y - p.X) * (q.Y - q.X)), Mod((p.Y + p.X) * (q.Y + q.X)));
        var (c, d) = (Mod(2 * p.T * q.T * s_d), Mod(2 * p.Z * q.Z));
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
    }

    private static BigInteger Mod(BigInteger value)
    {
        var rest = value % s_p;
        return rest.Sign < 0 ? rest + s_p : rest;
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(value, s_p - 2, s_p);
}
