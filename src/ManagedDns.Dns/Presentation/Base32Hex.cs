namespace ManagedDns.Dns.Presentation;

/// <summary>Base 32 with extended hex alphabet, without padding, as NSEC3 writes hashes (RFC 4648 §7, RFC 5155 §3.3).</summary>
internal static class Base32Hex
{
    public static int DecodedLength(int digits) => digits * 5 / 8;

    /// <returns>Whether the digits are just enough for the octets, all of the alphabet in either case, and the spare bits zero.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> digits, Span<byte> octets)
    {
        if (digits.Length != (octets.Length * 8 + 4) / 5)
        {
            return false;
        }

        int bits = 0, position = 0;
        var pending = 0u;
        foreach (var digit in digits)
        {
            var value = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'v' => digit - 'a' + 10,
                >= (byte)'A' and <= (byte)'V' => digit - 'A' + 10,
                _ => -1,
            };
            if (value < 0)
            {
                return false;
            }

            pending = (pending << 5) | (uint)value;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                octets[position++] = (byte)(pending >> bits);
            }
        }

        return (pending & ((1u << bits) - 1)) == 0;
    }

    public static void Write(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        var bits = 0;
        var pending = 0u;
        foreach (var octet in octets)
        {
            pending = (pending << 8) | octet;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Digit(pending >> bits));
            }
        }

        if (bits > 0)
        {
            text.Append(Digit(pending << (5 - bits)));
        }
    }

    private static char Digit(uint value) => "0123456789ABCDEFGHIJKLMNOPQRSTUV"[(int)(value & 31)];
}
