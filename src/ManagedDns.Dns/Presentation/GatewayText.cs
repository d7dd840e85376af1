using System.Buffers.Binary;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Presentation;

/// <summary>The gateway of IPSECKEY (RFC 4025), the relay of AMTRELAY (RFC 8777) and the identity of HIP (RFC 8005): lengths and types that lie before their values.</summary>
internal static class GatewayText
{
    public static void Read(RdataField field, ref TokenCursor tokens, ReadOnlySpan<byte> origin, ref OctetWriter rdata)
    {
        int kind;
        if (field == RdataField.Gateway)
        {
            kind = (int)FieldReader.Number(ref tokens, 3);
            rdata.U8(kind);
            rdata.U8((int)FieldReader.Number(ref tokens, byte.MaxValue));
        }
        else
        {
            var discovery = (int)FieldReader.Number(ref tokens, 1);
            kind = (int)FieldReader.Number(ref tokens, 3);
            rdata.U8((discovery << 7) | kind);
        }

        var isGiven = kind switch
        {
            0 => tokens.Take("The gateway") is [(byte)'.'],
            1 => AddressText.TryReadIp4(tokens.Take("The gateway"), rdata.Take(4)),
            2 => AddressText.TryReadIp6(tokens.Take("The gateway"), rdata.Take(16)),
            _ => FieldReader.Name(ref tokens, origin, ref rdata),
        };
        if (!isGiven)
        {
            throw new FormatException("The gateway is '.' for type 0, an IPv4 address for 1, an IPv6 address for 2 and a domain name for 3.");
        }
    }

    public static void Write(RdataField field, ReadOnlySpan<byte> octets, TextBuffer text)
    {
        var kind = field == RdataField.Gateway ? octets[0] : octets[0] & 0x7F;
        if (field == RdataField.Gateway)
        {
            text.Append((ulong)kind);
            text.Append(' ');
            text.Append(octets[1]);
            octets = octets[2..];
        }
        else
        {
            text.Append(octets[0] >= 0x80 ? "1 " : "0 ");
            text.Append((ulong)kind);
            octets = octets[1..];
        }

        text.Append(' ');
        switch (kind)
        {
            case 0:
                text.Append('.');
                break;
            case 3:
                NameText.Write(octets, text);
                break;
            default:
                AddressText.Write(octets, text);
                break;
        }
    }

    public static void ReadIdentity(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var start = rdata.Length;
        rdata.U8(0);
        rdata.U8((int)FieldReader.Number(ref tokens, byte.MaxValue));
        rdata.U16(0);
        var tag = FieldReader.Hex(tokens.Take("The host identity tag"), ref rdata);
        var key = FieldReader.Base64(tokens.Take("The public key"), ref rdata);
        if (tag is 0 or > byte.MaxValue || key is 0 or > ushort.MaxValue)
        {
            throw new FormatException("The host identity tag has 1 to 255 octets, the public key 1 to 65535.");
        }

        rdata.Written[start] = (byte)tag;
        BinaryPrimitives.WriteUInt16BigEndian(rdata.Written[(start + 2)..], (ushort)key);
    }

    public static void WriteIdentity(ReadOnlySpan<byte> octets, TextBuffer text)
    {
        text.Append(octets[1]);
        text.Append(' ');
        text.AppendHex(octets.Slice(4, octets[0]));
        text.Append(' ');
        text.AppendBase64(octets[(4 + octets[0])..]);
    }
}
