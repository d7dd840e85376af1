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

    private static void ReadGeneric(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        tokens.Skip();
        var length = (int)FieldReader.Number(ref tokens, ushort.MaxValue);
        var octets = tokens.HasMore ? FieldReader.Hex(tokens.TakeJoined("The octets"), ref rdata) : 0;
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
                FieldReader.Name(ref tokens, origin, ref rdata);
                break;
            case RdataField.Names:
                while (tokens.HasMore)
                {
                    FieldReader.Name(ref tokens, origin, ref rdata);
                }

                break;
            case RdataField.U8:
                rdata.U8((int)FieldReader.Number(ref tokens, byte.MaxValue));
                break;
            case RdataField.U16:
                rdata.U16((int)FieldReader.Number(ref tokens, ushort.MaxValue));
                break;
            case RdataField.U32:
                rdata.U32((uint)FieldReader.Number(ref tokens, uint.MaxValue));
                break;
            case RdataField.U64:
                rdata.U64(FieldReader.Number(ref tokens, ulong.MaxValue));
                break;
            case RdataField.Period:
                var period = tokens.Take("A period");
                rdata.U32(TimeText.TryReadPeriod(period, out var seconds) ? seconds : throw FieldReader.Bad(period, "period such as 3600 or 1h30m"));
                break;
            case RdataField.Time:
                var time = tokens.Take("A time");
                rdata.U32(TimeText.TryReadPoint(time, out var point) ? point : throw FieldReader.Bad(time, "time such as 20300102030405"));
                break;
            case RdataField.CoveredType:
                rdata.U16(FieldReader.Code(RecordTypeNames.Codes, ref tokens, ushort.MaxValue, "RR type"));
                break;
            case RdataField.Algorithm:
                rdata.U8(FieldReader.Code(FieldMnemonics.Algorithms, ref tokens, byte.MaxValue, "algorithm"));
                break;
            case RdataField.CertificateType:
                rdata.U16(FieldReader.Code(FieldMnemonics.Certificates, ref tokens, ushort.MaxValue, "certificate type"));
                break;
            case RdataField.NotifyScheme:
                rdata.U8(FieldReader.Code(FieldMnemonics.NotifySchemes, ref tokens, byte.MaxValue, "scheme"));
                break;
            case RdataField.Ip4:
                FieldReader.Ip4(ref tokens, ref rdata);
                break;
            case RdataField.Ip6:
                FieldReader.Ip6(ref tokens, ref rdata);
                break;
            case RdataField.Eui48 or RdataField.Eui64:
                FieldReader.Eui(ref tokens, field.FixedLength(), ref rdata);
                break;
            case RdataField.Locator64:
                FieldReader.Locator(ref tokens, ref rdata);
                break;
            case RdataField.Location:
                LocationText.Read(ref tokens, ref rdata);
                break;
            case RdataField.CharString:
                FieldReader.CharString(ref tokens, ref rdata);
                break;
            case RdataField.OptionalCharString or RdataField.CharStrings:
                if (field == RdataField.CharStrings || tokens.HasMore)
                {
                    FieldReader.CharString(ref tokens, ref rdata);
                }

                while (field == RdataField.CharStrings && tokens.HasMore)
                {
                    FieldReader.CharString(ref tokens, ref rdata);
                }

                break;
            case RdataField.Tag:
                FieldReader.Tag(ref tokens, ref rdata);
                break;
            case RdataField.Text:
                FieldReader.Resolved(tokens.Take("A text"), ref rdata);
                break;
            case RdataField.Hex:
                FieldReader.NotEmpty(FieldReader.Hex(tokens.TakeJoined("A hexadecimal value"), ref rdata));
                break;
            case RdataField.Base64:
                FieldReader.NotEmpty(FieldReader.Base64(tokens.TakeJoined("A base 64 value"), ref rdata));
                break;
            case RdataField.OptionalBase64 or RdataField.DashOrBase64:
                if (tokens.HasMore && !(field == RdataField.DashOrBase64 && tokens.Peek() is [(byte)'-']))
                {
                    FieldReader.Base64(tokens.TakeJoined("A base 64 value"), ref rdata);
                }
                else if (tokens.HasMore)
                {
                    tokens.Skip();
                }

                break;
            case RdataField.Salt:
                FieldReader.Salt(ref tokens, ref rdata);
                break;
            case RdataField.HashedOwner:
                FieldReader.HashedOwner(ref tokens, ref rdata);
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
                FieldReader.Nsap(ref tokens, ref rdata);
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
                ServiceParameterReader.Read(ref tokens, ref rdata);
                break;
            default:
                throw new FormatException("The RDATA is written as \\# with its length and hexadecimal digits (RFC 3597).");
        }
    }
}
