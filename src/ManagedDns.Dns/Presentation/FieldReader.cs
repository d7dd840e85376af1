using System.Buffers;
using System.Buffers.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>Takes the items of an entry as fields of RDATA. What is no such field is a <see cref="FormatException"/> that shows the item.</summary>
internal static class FieldReader
{
    public static bool Name(ref TokenCursor tokens, ReadOnlySpan<byte> origin, ref OctetWriter rdata)
    {
        Span<byte> name = stackalloc byte[DomainName.MaxWireLength];
        if (!NameText.TryRead(tokens.Take("A domain name"), origin, name, out var length, out var error))
        {
            throw new FormatException(error);
        }

        rdata.Octets(name[..length]);
        return true;
    }

    public static ulong Number(ref TokenCursor tokens, ulong maximum)
    {
        var item = tokens.Take("A number");
        return Utf8Parser.TryParse(item, out ulong number, out var length) && length == item.Length && number <= maximum && item[0] != '+'
            ? number
            : throw new FormatException($"'{TokenCursor.Show(item)}' is no number from 0 to {maximum}.");
    }

    /// <returns>The number of octets.</returns>
    public static int Hex(ReadOnlySpan<byte> digits, ref OctetWriter rdata)
    {
        var octets = rdata.Take(digits.Length / 2);
        return Convert.FromHexString(digits, octets, out _, out var length) == OperationStatus.Done
            ? length
            : throw new FormatException($"'{TokenCursor.Show(digits)}' is not made of pairs of hexadecimal digits.");
    }

    /// <returns>The number of octets.</returns>
    public static int Base64(ReadOnlySpan<byte> digits, ref OctetWriter rdata)
    {
        if (digits.Length % 4 != 0)
        {
            throw new FormatException($"'{TokenCursor.Show(digits)}' is no base 64: its length is no multiple of four.");
        }

        var padding = digits.EndsWith("=="u8) ? 2 : digits.EndsWith("="u8) ? 1 : 0;
        var octets = rdata.Take((digits.Length / 4 * 3) - padding);
        return System.Buffers.Text.Base64.DecodeFromUtf8(digits, octets, out _, out var length) == OperationStatus.Done && length == octets.Length
            ? length
            : throw new FormatException($"'{TokenCursor.Show(digits)}' is no base 64.");
    }

    public static void Ip4(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("An IPv4 address");
        if (!AddressText.TryReadIp4(item, rdata.Take(4)))
        {
            throw Bad(item, "IPv4 address");
        }
    }

    public static void Ip6(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("An IPv6 address");
        if (!AddressText.TryReadIp6(item, rdata.Take(16)))
        {
            throw Bad(item, "IPv6 address");
        }
    }

    public static int Code(Mnemonics mnemonics, ref TokenCursor tokens, int maximum, string what)
    {
        var item = tokens.Take($"The {what}");
        return mnemonics.TryRead(item, out var code) && code <= maximum ? code : throw Bad(item, what);
    }

    public static void CharString(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var length = rdata.Take(1);
        var octets = Resolved(tokens.Take("A text"), ref rdata);
        length[0] = octets <= byte.MaxValue ? (byte)octets : throw new FormatException($"A char-string has at most 255 octets, this one has {octets}.");
    }

    public static void Tag(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("The property tag");
        if (item.Length is 0 or > byte.MaxValue || item.ContainsAnyExcept(BitmapText.LettersAndDigits))
        {
            throw Bad(item, "property tag: it has 1 to 255 letters and digits");
        }

        rdata.U8(item.Length);
        rdata.Octets(item);
    }

    public static int Resolved(ReadOnlySpan<byte> item, ref OctetWriter rdata)
    {
        if (!item.Contains((byte)'\\'))
        {
            rdata.Octets(item);
            return item.Length;
        }

        var resolved = new byte[item.Length];
        var length = Escape.Resolve(item, resolved);
        rdata.Octets(resolved.AsSpan(0, length));
        return length;
    }

    public static void Salt(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var length = rdata.Take(1);
        var item = tokens.Take("The salt");
        var octets = item is [(byte)'-'] ? 0 : Hex(item, ref rdata);
        length[0] = octets <= byte.MaxValue ? (byte)octets : throw new FormatException("A salt has at most 255 octets.");
    }

    public static void HashedOwner(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("The next hashed owner name");
        var length = Base32Hex.DecodedLength(item.Length);
        if (length is 0 or > byte.MaxValue || !Base32Hex.TryDecode(item, Counted(length, ref rdata)))
        {
            throw Bad(item, "hash in base 32 with extended hex alphabet");
        }
    }

    private static Span<byte> Counted(int length, ref OctetWriter rdata)
    {
        rdata.U8(length);
        return rdata.Take(length);
    }

    public static void Eui(ref TokenCursor tokens, int octets, ref OctetWriter rdata)
    {
        var item = tokens.Take("An EUI");
        if (item.Length != (octets * 3) - 1)
        {
            throw Bad(item, $"EUI of {octets} pairs of hexadecimal digits with '-' between them");
        }

        for (var i = 0; i < item.Length; i += 3)
        {
            if (i > 0 && item[i - 1] != '-')
            {
                throw Bad(item, "EUI: its pairs are separated by '-'");
            }

            Hex(item.Slice(i, 2), ref rdata);
        }
    }

    public static void Locator(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("A locator");
        var groups = 0;
        foreach (var range in item.Split((byte)':'))
        {
            var group = item[range];
            if (groups++ == 4 || group.Length > 4 || !Utf8Parser.TryParse(group, out ushort value, out var length, 'x') || length != group.Length)
            {
                throw Bad(item, "value of four hexadecimal groups separated by ':'");
            }

            rdata.U16(value);
        }

        if (groups != 4)
        {
            throw Bad(item, "value of four hexadecimal groups separated by ':'");
        }
    }

    public static void Nsap(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.TakeJoined("The address");
        if (item.Length < 4 || item[0] != '0' || (item[1] | 0x20) != 'x')
        {
            throw Bad(item, "NSAP address: it begins with 0x");
        }

        var digits = new byte[item.Length];
        var count = 0;
        foreach (var octet in item[2..])
        {
            digits[count] = octet;
            count += octet == '.' ? 0 : 1;
        }

        NotEmpty(Hex(digits.AsSpan(0, count), ref rdata));
    }

    public static void NotEmpty(int octets)
    {
        if (octets == 0)
        {
            throw new FormatException("The value is empty.");
        }
    }

    public static FormatException Bad(ReadOnlySpan<byte> item, string what) => new($"'{TokenCursor.Show(item)}' is no {what}.");
}
