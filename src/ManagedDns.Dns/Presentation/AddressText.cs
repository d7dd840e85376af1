using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace ManagedDns.Dns.Presentation;

/// <summary>IPv4 and IPv6 addresses as RDATA has them: no scope, no brackets, no octal, no short forms.</summary>
internal static class AddressText
{
    private static readonly SearchValues<byte> s_ip6Characters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static bool TryReadIp4(ReadOnlySpan<byte> text, Span<byte> address)
    {
        int part = 0, value = 0, digits = 0;
        foreach (var octet in text)
        {
            if (octet == '.' && digits > 0 && part < 3)
            {
                address[part++] = (byte)value;
                value = digits = 0;
                continue;
            }

            // A leading zero reads as octal in some places and as decimal in others.
            if (!char.IsAsciiDigit((char)octet) || (digits > 0 && value == 0))
            {
                return false;
            }

            value = (value * 10) + octet - '0';
            digits++;
            if (value > 255)
            {
                return false;
            }
        }

        address[part] = (byte)value;
        return part == 3 && digits > 0;
    }

    public static bool TryReadIp6(ReadOnlySpan<byte> text, Span<byte> address) =>
        !text.ContainsAnyExcept(s_ip6Characters) &&
        text.Contains((byte)':') &&
        IPAddress.TryParse(text, out var parsed) &&
        parsed.AddressFamily == AddressFamily.InterNetworkV6 &&
        parsed.TryWriteBytes(address, out _);

    /// <summary>Writes an address of 4 or 16 octets.</summary>
    public static void Write(ReadOnlySpan<byte> address, TextBuffer text)
    {
        if (address.Length == 16)
        {
            Span<byte> written = stackalloc byte[64];
            new IPAddress(address).TryFormat(written, out var length);
            text.Append(written[..length]);
            return;
        }

        text.Append((ulong)address[0]);
        foreach (var octet in address[1..])
        {
            text.Append('.');
            text.Append((ulong)octet);
        }
    }
}
