using System.Buffers.Binary;
using System.Buffers.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>The address lists of APL (RFC 3123): <c>[!]family:address/prefix</c>; and A6's address parts (RFC 2874).</summary>
internal static class AddressPrefixText
{
    public static void ReadList(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        Span<byte> buffer = stackalloc byte[16];
        while (tokens.HasMore)
        {
            var item = tokens.Take("An item");
            var negated = item is [(byte)'!', ..];
            var rest = negated ? item[1..] : item;
            var (size, family) = rest.StartsWith("1:"u8) ? (4, 1) : rest.StartsWith("2:"u8) ? (16, 2) : (0, 0);
            var slash = rest.LastIndexOf((byte)'/');
            if (size == 0 || slash < 0 || !Utf8Parser.TryParse(rest[(slash + 1)..], out byte prefix, out var length) ||
                length != rest.Length - slash - 1 || prefix > size * 8 ||
                !(size == 4 ? AddressText.TryReadIp4(rest[2..slash], buffer) : AddressText.TryReadIp6(rest[2..slash], buffer)))
            {
                throw new FormatException($"'{TokenCursor.Show(item)}' is no address prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32.");
            }

            // RFC 3123 §4: trailing zero octets are not sent.
            var address = buffer[..size].TrimEnd((byte)0);
            rdata.U16(family);
            rdata.U8(prefix);
            rdata.U8(address.Length | (negated ? 0x80 : 0));
            rdata.Octets(address);
        }
    }

    /// <returns>Whether the octets have a text: families other than IPv4 and IPv6 have none.</returns>
    public static bool TryWriteList(ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        Span<byte> address = stackalloc byte[16];
        for (var isFirst = true; !rdata.IsEmpty; isFirst = false)
        {
            var family = BinaryPrimitives.ReadUInt16BigEndian(rdata);
            var length = rdata[3] & 0x7F;
            if (family is not (1 or 2) || (length > 0 && rdata[3 + length] == 0))
            {
                return false;
            }

            address.Clear();
            rdata.Slice(4, length).CopyTo(address);
            text.Append(isFirst ? "" : " ");
            text.Append((rdata[3] & 0x80) != 0 ? "!" : "");
            text.Append(family == 1 ? "1:" : "2:");
            AddressText.Write(address[..(family == 1 ? 4 : 16)], text);
            text.Append('/');
            text.Append(rdata[2]);
            rdata = rdata[(4 + length)..];
        }

        return true;
    }

    public static void ReadPrefixed(ref TokenCursor tokens, ReadOnlySpan<byte> origin, ref OctetWriter rdata)
    {
        Span<byte> address = stackalloc byte[16];
        var prefix = FieldReader.Number(ref tokens, 128);
        address.Clear();
        if (prefix < 128 && !AddressText.TryReadIp6(tokens.Take("The address suffix"), address))
        {
            throw new FormatException("The address suffix is no IPv6 address.");
        }

        var suffix = address[(int)(prefix / 8)..];
        if (prefix < 128)
        {
            suffix[0] &= (byte)(0xFF >> (int)(prefix % 8));
        }

        rdata.U8((int)prefix);
        rdata.Octets(suffix);
        if (prefix > 0)
        {
            FieldReader.Name(ref tokens, origin, ref rdata);
        }
    }

    /// <returns>Whether the octets have a text: set bits inside the prefix have none.</returns>
    public static bool TryWritePrefixed(ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        Span<byte> address = stackalloc byte[16];
        var prefix = rdata[0];
        var suffix = (128 - prefix + 7) / 8;
        if (suffix > 0 && (rdata[1] & ~(0xFF >> (prefix % 8))) != 0)
        {
            return false;
        }

        text.Append(prefix);
        if (suffix > 0)
        {
            address.Clear();
            rdata.Slice(1, suffix).CopyTo(address[(16 - suffix)..]);
            text.Append(' ');
            AddressText.Write(address, text);
        }

        if (prefix > 0)
        {
            text.Append(' ');
            NameText.Write(rdata[(1 + suffix)..], text);
        }

        return true;
    }
}
