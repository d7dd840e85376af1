using System.Buffers.Binary;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Presentation;

/// <summary>Writes RDATA field by field as <see cref="RdataLayout"/> says; what has no such text is written in the generic form of RFC 3597 §5.</summary>
internal static class RdataFormatter
{
    public static void Write(RecordType type, RecordClass @class, ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        var start = text.Length;
        if (!TryWriteFields(RdataLayout.Of(type, @class), rdata, text))
        {
            text.CutTo(start);
            WriteGeneric(rdata, text);
        }
    }

    private static void WriteGeneric(ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        text.Append("\\# ");
        text.Append((ulong)rdata.Length);
        text.Append(rdata.IsEmpty ? "" : " ");
        text.AppendHex(rdata);
    }

    private static bool TryWriteFields(RdataLayout layout, ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        var isFirst = true;
        if (layout.IsOpaque)
        {
            return false;
        }

        foreach (var field in layout.Fields)
        {
            var length = field.Measure(rdata);
            if (length < 0)
            {
                return false;
            }

            // Lists and fields that may be missing bring their own separators.
            if (!isFirst && !IsSelfSeparated(field))
            {
                text.Append(' ');
            }

            if (!TryWriteField(field, rdata[..length], text))
            {
                return false;
            }

            rdata = rdata[length..];
            isFirst = false;
        }

        return rdata.IsEmpty;
    }

    private static bool IsSelfSeparated(RdataField field) => field is RdataField.Names or RdataField.Types or RdataField.PlainBitmap or
        RdataField.OptionalCharString or RdataField.OptionalBase64 or RdataField.ServiceParameters;

    private static bool TryWriteField(RdataField field, ReadOnlySpan<byte> octets, TextBuffer text)
    {
        switch (field)
        {
            case RdataField.CompressibleName or RdataField.DecompressibleName or RdataField.CanonicalName or RdataField.Name:
                NameText.Write(octets, text);
                break;
            case RdataField.Names:
                for (; !octets.IsEmpty; octets = octets[WireName.Length(octets)..])
                {
                    text.Append(' ');
                    NameText.Write(octets, text);
                }

                break;
            case RdataField.U8 or RdataField.Algorithm:
                text.Append(octets[0]);
                break;
            case RdataField.U16:
                text.Append(BinaryPrimitives.ReadUInt16BigEndian(octets));
                break;
            case RdataField.U32 or RdataField.Period:
                text.Append((ulong)BinaryPrimitives.ReadUInt32BigEndian(octets));
                break;
            case RdataField.U64:
                text.Append(BinaryPrimitives.ReadUInt64BigEndian(octets));
                break;
            case RdataField.Time:
                TimeText.WritePoint(BinaryPrimitives.ReadUInt32BigEndian(octets), text);
                break;
            case RdataField.CoveredType:
                text.Append(RecordTypeNames.Codes.Format(BinaryPrimitives.ReadUInt16BigEndian(octets)));
                break;
            case RdataField.CertificateType:
                text.Append(FieldMnemonics.Certificates.Format(BinaryPrimitives.ReadUInt16BigEndian(octets)));
                break;
            case RdataField.NotifyScheme:
                text.Append(FieldMnemonics.NotifySchemes.Format(octets[0]));
                break;
            case RdataField.Ip4 or RdataField.Ip6:
                AddressText.Write(octets, text);
                break;
            case RdataField.Eui48 or RdataField.Eui64:
                WriteGroups(octets, 1, '-', text);
                break;
            case RdataField.Locator64:
                WriteGroups(octets, 2, ':', text);
                break;
            case RdataField.Location:
                return LocationText.TryWrite(octets, text);
            case RdataField.CharString:
                CharStringText.Write(octets[1..], text);
                break;
            case RdataField.OptionalCharString:
                if (!octets.IsEmpty)
                {
                    text.Append(' ');
                    CharStringText.Write(octets[1..], text);
                }

                break;
            case RdataField.CharStrings:
                CharStringText.Write(octets.Slice(1, octets[0]), text);
                for (octets = octets[(octets[0] + 1)..]; !octets.IsEmpty; octets = octets[(octets[0] + 1)..])
                {
                    text.Append(' ');
                    CharStringText.Write(octets.Slice(1, octets[0]), text);
                }

                break;
            case RdataField.Tag:
                text.Append(octets[1..]);
                return !octets[1..].ContainsAnyExcept(BitmapText.LettersAndDigits);
            case RdataField.Text:
                CharStringText.Write(octets, text);
                break;
            case RdataField.Hex:
                text.AppendHex(octets);
                break;
            case RdataField.Base64:
                text.AppendBase64(octets);
                break;
            case RdataField.OptionalBase64:
                text.Append(octets.IsEmpty ? "" : " ");
                text.AppendBase64(octets);
                break;
            case RdataField.DashOrBase64:
                text.Append(octets.IsEmpty ? "-" : "");
                text.AppendBase64(octets);
                break;
            case RdataField.Salt:
                text.Append(octets.Length == 1 ? "-" : "");
                text.AppendHex(octets[1..]);
                break;
            case RdataField.HashedOwner:
                Base32Hex.Write(octets[1..], text);
                break;
            case RdataField.Types:
                return BitmapText.TryWriteTypes(octets, text);
            case RdataField.PlainBitmap:
                return BitmapText.TryWritePlain(octets, text);
            case RdataField.Services:
                return BitmapText.TryWriteServices(octets, text);
            case RdataField.Nsap:
                text.Append("0x");
                text.AppendHex(octets);
                break;
            case RdataField.PrefixedAddress:
                return AddressPrefixText.TryWritePrefixed(octets, text);
            case RdataField.AddressPrefixes:
                return AddressPrefixText.TryWriteList(octets, text);
            case RdataField.Gateway or RdataField.Relay:
                GatewayText.Write(field, octets, text);
                break;
            case RdataField.HostIdentity:
                GatewayText.WriteIdentity(octets, text);
                break;
            case RdataField.ServiceParameters:
                ServiceParameterWriter.Write(octets, text);
                break;
            default:
                return false;
        }

        return true;
    }

    private static void WriteGroups(ReadOnlySpan<byte> octets, int groupOctets, char separator, TextBuffer text)
    {
        for (var i = 0; i < octets.Length; i += groupOctets)
        {
            if (i > 0)
            {
                text.Append(separator);
            }

            text.AppendHex(octets.Slice(i, groupOctets));
        }
    }
}
