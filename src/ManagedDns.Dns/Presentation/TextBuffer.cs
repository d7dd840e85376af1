using System.Buffers.Text;
using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>Presentation format as it grows: ASCII octets, kept for reuse from record to record.</summary>
internal sealed class TextBuffer(int capacity = 256)
{
    private byte[] _octets = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _octets.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Takes back what was written after <paramref name="length"/>.</summary>
    public void CutTo(int length) => Length = length;

    public void Append(char character) => Reserve(1)[0] = (byte)character;

    public void Append(ReadOnlySpan<byte> octets) => octets.CopyTo(Reserve(octets.Length));

    public void Append(string ascii) => Encoding.ASCII.GetBytes(ascii, Reserve(ascii.Length));

    public void Append(ulong number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        Append(digits[..length]);
    }

    /// <summary>A number with leading zeros.</summary>
    public void AppendPadded(ulong number, int digits)
    {
        var room = Reserve(digits);
        for (var i = digits - 1; i >= 0; i--)
        {
            room[i] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }

    public void AppendHex(ReadOnlySpan<byte> octets)
    {
        var room = Reserve(octets.Length * 2);
        for (var i = 0; i < octets.Length; i++)
        {
            room[2 * i] = HexDigit(octets[i] >> 4);
            room[(2 * i) + 1] = HexDigit(octets[i] & 15);
        }
    }

    public void AppendBase64(ReadOnlySpan<byte> octets) =>
        Base64.EncodeToUtf8(octets, Reserve(Base64.GetMaxEncodedToUtf8Length(octets.Length)), out _, out _);

    /// <summary>An octet as <c>\DDD</c>.</summary>
    public void AppendDecimalEscape(byte octet)
    {
        Append('\\');
        AppendPadded(octet, 3);
    }

    public override string ToString() => Encoding.ASCII.GetString(Written);

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    private Span<byte> Reserve(int count)
    {
        if (Length + count > _octets.Length)
        {
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, Length + count));
        }

        Length += count;
        return _octets.AsSpan(Length - count, count);
    }
}
