using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ManagedDns.Dns.Presentation;

/// <summary>LOC (RFC 1876): <c>d [m [s]] N|S d [m [s]] E|W altitude [size [horizontal [vertical]]]</c>, angles to a thousandth of a second, lengths in metres.</summary>
internal static class LocationText
{
    private const uint Equator = 1u << 31;
    private const uint AltitudeBase = 10_000_000;

    public static void Read(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var latitude = ReadAngle(ref tokens, 90, 'N', 'S');
        var longitude = ReadAngle(ref tokens, 180, 'E', 'W');
        var altitude = ReadCentimetres(tokens.Take("The altitude"), -(decimal)AltitudeBase, uint.MaxValue - (decimal)AltitudeBase);
        rdata.U8(0);
        rdata.U8(ReadPrecision(ref tokens, 0x12));
        rdata.U8(ReadPrecision(ref tokens, 0x16));
        rdata.U8(ReadPrecision(ref tokens, 0x13));
        rdata.U32(latitude);
        rdata.U32(longitude);
        rdata.U32((uint)(altitude + AltitudeBase));
    }

    /// <returns>Whether the octets have a text: another version or an angle beyond the globe has none.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> rdata, TextBuffer text)
    {
        var latitude = (long)BinaryPrimitives.ReadUInt32BigEndian(rdata[4..]) - Equator;
        var longitude = (long)BinaryPrimitives.ReadUInt32BigEndian(rdata[8..]) - Equator;
        if (rdata[0] != 0 || !IsPrecision(rdata[1]) || !IsPrecision(rdata[2]) || !IsPrecision(rdata[3]) ||
            Math.Abs(latitude) > 90 * 3_600_000L || Math.Abs(longitude) > 180 * 3_600_000L)
        {
            return false;
        }

        WriteAngle(latitude, "N ", "S ", text);
        WriteAngle(longitude, "E ", "W ", text);
        WriteMetres((long)BinaryPrimitives.ReadUInt32BigEndian(rdata[12..]) - AltitudeBase, text);
        foreach (var precision in rdata[1..4])
        {
            text.Append(' ');
            WriteMetres((precision >> 4) * (long)Math.Pow(10, precision & 15), text);
        }

        return true;
    }

    private static uint ReadAngle(ref TokenCursor tokens, int limit, char positive, char negative)
    {
        var milliseconds = 0m;
        var unit = 3_600_000m;
        for (var i = 0; i < 4; i++)
        {
            var item = tokens.Take("A part of the position");
            if (i > 0 && item.Length == 1 && (item[0] & ~0x20) is var letter && (letter == positive || letter == negative))
            {
                return milliseconds <= limit * 3_600_000m
                    ? (uint)(letter == positive ? Equator + milliseconds : Equator - milliseconds)
                    : throw new FormatException($"An angle is at most {limit} degrees.");
            }

            var fraction = i == 2 ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
            if (i == 3 || !decimal.TryParse(Encoding.ASCII.GetString(item), fraction, CultureInfo.InvariantCulture, out var part) || part > (i == 0 ? limit : 59.9995m))
            {
                throw new FormatException($"'{TokenCursor.Show(item)}' is neither {positive} or {negative} nor degrees, minutes or seconds.");
            }

            milliseconds += Math.Round(part * unit);
            unit /= 60;
        }

        throw new FormatException($"The position lacks its {positive} or {negative}.");
    }

    private static decimal ReadCentimetres(ReadOnlySpan<byte> item, decimal minimum, decimal maximum)
    {
        var number = item.Length > 1 && (item[^1] | 0x20) == 'm' ? item[..^1] : item;
        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (decimal.TryParse(Encoding.ASCII.GetString(number), Styles, CultureInfo.InvariantCulture, out var metres) && Math.Abs(metres) < 1_000_000_000m)
        {
            var centimetres = Math.Round(metres * 100);
            if (centimetres >= minimum && centimetres <= maximum)
            {
                return centimetres;
            }
        }

        throw new FormatException($"'{TokenCursor.Show(item)}' is no length in metres from {minimum / 100} to {maximum / 100}.");
    }

    private static int ReadPrecision(ref TokenCursor tokens, int otherwise)
    {
        if (!tokens.HasMore)
        {
            return otherwise;
        }

        var mantissa = ReadCentimetres(tokens.Take("The precision"), 0, 9_000_000_000m);
        var exponent = 0;
        while (mantissa >= 10)
        {
            mantissa = Math.Floor(mantissa / 10);
            exponent++;
        }

        return ((int)mantissa << 4) | exponent;
    }

    // What reads back as itself: one digit times a power of ten, and zero only as zero.
    private static bool IsPrecision(byte octet) => (octet >> 4) <= 9 && (octet & 15) <= 9 && (octet >> 4 != 0 || octet == 0);

    private static void WriteAngle(long milliseconds, string positive, string negative, TextBuffer text)
    {
        var magnitude = (ulong)Math.Abs(milliseconds);
        text.Append(magnitude / 3_600_000);
        text.Append(' ');
        text.Append(magnitude / 60_000 % 60);
        text.Append(' ');
        text.Append(magnitude / 1000 % 60);
        text.Append('.');
        text.AppendPadded(magnitude % 1000, 3);
        text.Append(' ');
        text.Append(milliseconds < 0 ? negative : positive);
    }

    private static void WriteMetres(long centimetres, TextBuffer text)
    {
        if (centimetres < 0)
        {
            text.Append('-');
        }

        var magnitude = (ulong)Math.Abs(centimetres);
        text.Append(magnitude / 100);
        text.Append('.');
        text.AppendPadded(magnitude % 100, 2);
        text.Append('m');
    }
}
