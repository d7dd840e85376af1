using System.Buffers;
using System.Buffers.Text;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Presentation;

/// <summary>Reads RDATA from the items of an entry, field by field as <see cref="RdataLayout"/> says, or in the generic form of RFC 3597 §5.</summary>
internal static class RdataParser
{
    /// <summary>Room for the longest RDATA and for one octet by which the excess shows.</summary>
    public const int BufferSize = ushort.MaxValue + 1;

    /// <summary>Takes all items that are left.</summary>
    /// <exception cref="FormatException">They are no RDATA of the type; the message says why.</exception>
    public static int Parse(RecordType type, RecordClass @class, ref TokenCursor tokens, ReadOnlySpan<byte> origin, Span<byte> rdata)
    {
        var layout = RdataLayout.Of(type, @class);
        var writer = new OctetWriter(rdata);
        if (tokens.Peek() is [(byte)'\\', (byte)'#'])
        {
            ReadGeneric(ref tokens, ref writer);
            if (!layout.IsWellFormed(writer.Written))
            {
                throw new FormatException($"These octets are not the RDATA of type {RecordTypeNames.Format(type)}.");
            }
        }
        else if (layout.IsOpaque)
        {
            throw new FormatException($"The RDATA of type {RecordTypeNames.Format(type)} is written as \\# with its length and hexadecimal digits (RFC 3597).");
        }
        else
        {
            foreach (var field in layout.Fields)
            {
                ReadField(field, ref tokens, origin, ref writer);
            }
        }

        tokens.ExpectEnd();
        return writer.Length <= ushort.MaxValue ? writer.Length : throw new FormatException("RDATA has at most 65535 octets.");
    }

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

    private static void ReadGeneric(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        tokens.Skip();
        var length = (int)Number(ref tokens, ushort.MaxValue);
        var octets = tokens.HasMore ? Hex(tokens.TakeJoined("The octets"), ref rdata) : 0;
        if (octets != length)
        {
            throw new FormatException($"RDATA of {length} octets is announced, {octets} are given.");
        }
    }

    private static void ReadField(RdataField field, ref TokenCursor tokens, ReadOnlySpan<byte> origin, ref OctetWriter rdata)
    {
        switch (field)
        {
            case RdataField.CompressibleName or RdataField.DecompressibleName or RdataField.CanonicalName or RdataField.Name:
                Name(ref tokens, origin, ref rdata);
                break;
            case RdataField.Names:
                while (tokens.HasMore)
                {
                    Name(ref tokens, origin, ref rdata);
                }

                break;
            case RdataField.U8:
                rdata.U8((int)Number(ref tokens, byte.MaxValue));
                break;
            case RdataField.U16:
                rdata.U16((int)Number(ref tokens, ushort.MaxValue));
                break;
            case RdataField.U32:
                rdata.U32((uint)Number(ref tokens, uint.MaxValue));
                break;
            case RdataField.U64:
                rdata.U64(Number(ref tokens, ulong.MaxValue));
                break;
            case RdataField.Period:
                var period = tokens.Take("A period");
                rdata.U32(TimeText.TryReadPeriod(period, out var seconds) ? seconds : throw Bad(period, "period such as 3600 or 1h30m"));
                break;
            case RdataField.Time:
                var time = tokens.Take("A time");
                rdata.U32(TimeText.TryReadPoint(time, out var point) ? point : throw Bad(time, "time such as 20300102030405"));
                break;
            case RdataField.CoveredType:
                rdata.U16(Code(RecordTypeNames.Codes, ref tokens, ushort.MaxValue, "RR type"));
                break;
            case RdataField.Algorithm:
                rdata.U8(Code(FieldMnemonics.Algorithms, ref tokens, byte.MaxValue, "algorithm"));
                break;
            case RdataField.CertificateType:
                rdata.U16(Code(FieldMnemonics.Certificates, ref tokens, ushort.MaxValue, "certificate type"));
                break;
            case RdataField.NotifyScheme:
                rdata.U8(Code(FieldMnemonics.NotifySchemes, ref tokens, byte.MaxValue, "scheme"));
                break;
            case RdataField.Ip4:
                var ip4 = tokens.Take("An IPv4 address");
                _ = AddressText.TryReadIp4(ip4, rdata.Take(4)) ? true : throw Bad(ip4, "IPv4 address");
                break;
            case RdataField.Ip6:
                var ip6 = tokens.Take("An IPv6 address");
                _ = AddressText.TryReadIp6(ip6, rdata.Take(16)) ? true : throw Bad(ip6, "IPv6 address");
                break;
            case RdataField.Eui48 or RdataField.Eui64:
                Eui(ref tokens, field.FixedLength(), ref rdata);
                break;
            case RdataField.Locator64:
                Locator(ref tokens, ref rdata);
                break;
            case RdataField.Location:
                LocationText.Read(ref tokens, ref rdata);
                break;
            case RdataField.CharString:
                CharString(ref tokens, ref rdata);
                break;
            case RdataField.OptionalCharString or RdataField.CharStrings:
                if (field == RdataField.CharStrings || tokens.HasMore)
                {
                    CharString(ref tokens, ref rdata);
                }

                while (field == RdataField.CharStrings && tokens.HasMore)
                {
                    CharString(ref tokens, ref rdata);
                }

                break;
            case RdataField.Tag:
                Tag(ref tokens, ref rdata);
                break;
            case RdataField.Text:
                Resolved(tokens.Take("A text"), ref rdata);
                break;
            case RdataField.Hex:
                NotEmpty(Hex(tokens.TakeJoined("A hexadecimal value"), ref rdata));
                break;
            case RdataField.Base64:
                NotEmpty(Base64(tokens.TakeJoined("A base 64 value"), ref rdata));
                break;
            case RdataField.OptionalBase64 or RdataField.DashOrBase64:
                if (tokens.HasMore && !(field == RdataField.DashOrBase64 && tokens.Peek() is [(byte)'-']))
                {
                    Base64(tokens.TakeJoined("A base 64 value"), ref rdata);
                }
                else if (tokens.HasMore)
                {
                    tokens.Skip();
                }

                break;
            case RdataField.Salt:
                Salt(ref tokens, ref rdata);
                break;
            case RdataField.HashedOwner:
                HashedOwner(ref tokens, ref rdata);
                break;
            case RdataField.Types:
                BitmapText.ReadTypes(ref tokens, ref rdata);
                break;
            case RdataField.PlainBitmap:
                BitmapText.ReadPlain(ref tokens, ref rdata);
                break;
            case RdataField.Services:
                BitmapText.ReadServices(ref tokens, ref rdata);
                break;
            case RdataField.Nsap:
                Nsap(ref tokens, ref rdata);
                break;
            case RdataField.PrefixedAddress:
                AddressPrefixText.ReadPrefixed(ref tokens, origin, ref rdata);
                break;
            case RdataField.AddressPrefixes:
                AddressPrefixText.ReadList(ref tokens, ref rdata);
                break;
            case RdataField.Gateway or RdataField.Relay:
                GatewayText.Read(field, ref tokens, origin, ref rdata);
                break;
            case RdataField.HostIdentity:
                GatewayText.ReadIdentity(ref tokens, ref rdata);
                break;
            case RdataField.ServiceParameters:
                ServiceParameterText.Read(ref tokens, ref rdata);
                break;
            default:
                throw new FormatException("The RDATA is written as \\# with its length and hexadecimal digits (RFC 3597).");
        }
    }

    private static int Code(Mnemonics mnemonics, ref TokenCursor tokens, int maximum, string what)
    {
        var item = tokens.Take($"The {what}");
        return mnemonics.TryRead(item, out var code) && code <= maximum ? code : throw Bad(item, what);
    }

    private static void CharString(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var length = rdata.Take(1);
        var octets = Resolved(tokens.Take("A text"), ref rdata);
        length[0] = octets <= byte.MaxValue ? (byte)octets : throw new FormatException($"A char-string has at most 255 octets, this one has {octets}.");
    }

    private static void Tag(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var item = tokens.Take("The property tag");
        if (item.Length is 0 or > byte.MaxValue || item.ContainsAnyExcept(BitmapText.LettersAndDigits))
        {
            throw Bad(item, "property tag: it has 1 to 255 letters and digits");
        }

        rdata.U8(item.Length);
        rdata.Octets(item);
    }

    private static int Resolved(ReadOnlySpan<byte> item, ref OctetWriter rdata)
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

    private static void Salt(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var length = rdata.Take(1);
        var item = tokens.Take("The salt");
        var octets = item is [(byte)'-'] ? 0 : Hex(item, ref rdata);
        length[0] = octets <= byte.MaxValue ? (byte)octets : throw new FormatException("A salt has at most 255 octets.");
    }

    private static void HashedOwner(ref TokenCursor tokens, ref OctetWriter rdata)
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

    private static void Eui(ref TokenCursor tokens, int octets, ref OctetWriter rdata)
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

    private static void Locator(ref TokenCursor tokens, ref OctetWriter rdata)
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

    private static void Nsap(ref TokenCursor tokens, ref OctetWriter rdata)
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

    private static void NotEmpty(int octets)
    {
        if (octets == 0)
        {
            throw new FormatException("The value is empty.");
        }
    }

    private static FormatException Bad(ReadOnlySpan<byte> item, string what) => new($"'{TokenCursor.Show(item)}' is no {what}.");
}
