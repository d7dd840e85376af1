using System.Buffers.Text;
using System.Globalization;

namespace ManagedDns.Dns.Presentation;

/// <summary>Periods and points in time as master files write them.</summary>
internal static class TimeText
{
    private const string PointFormat = "yyyyMMddHHmmss";

    /// <summary>Reads seconds, or weeks, days, hours, minutes and seconds with their letters, as <c>1h30m</c>.</summary>
    public static bool TryReadPeriod(ReadOnlySpan<byte> text, out uint seconds)
    {
        seconds = 0;
        ulong total = 0, number = 0;
        bool digits = false, units = false;
        foreach (var octet in text)
        {
            if (char.IsAsciiDigit((char)octet))
            {
                number = (number * 10) + octet - '0';
                digits = true;
            }
            else
            {
                var unit = (octet | 0x20) switch { 's' => 1u, 'm' => 60u, 'h' => 3600u, 'd' => 86400u, 'w' => 604800u, _ => 0u };
                if (unit == 0 || !digits)
                {
                    return false;
                }

                total += number * unit;
                number = 0;
                digits = false;
                units = true;
            }

            if (number > uint.MaxValue || total > uint.MaxValue)
            {
                return false;
            }
        }

        total += number;
        seconds = (uint)total;
        return total <= uint.MaxValue && (digits || units);
    }

    /// <summary>Reads <c>YYYYMMDDHHmmSS</c> in UTC, 1970 to 2106, or plain seconds since 1970 (RFC 4034 §3.2).</summary>
    public static bool TryReadPoint(ReadOnlySpan<byte> text, out uint seconds)
    {
        if (text.Length != PointFormat.Length)
        {
            return Utf8Parser.TryParse(text, out seconds, out var length) && length == text.Length;
        }

        Span<char> chars = stackalloc char[PointFormat.Length];
        for (var i = 0; i < chars.Length; i++)
        {
            chars[i] = (char)text[i];
        }

        seconds = 0;
        if (!DateTime.TryParseExact(chars, PointFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return false;
        }

        var ticks = (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
        seconds = (uint)ticks;
        return ticks is >= 0 and <= uint.MaxValue;
    }

    public static void WritePoint(uint seconds, TextBuffer text)
    {
        var time = DateTime.UnixEpoch.AddSeconds(seconds);
        text.AppendPadded((ulong)time.Year, 4);
        text.AppendPadded((ulong)time.Month, 2);
        text.AppendPadded((ulong)time.Day, 2);
        text.AppendPadded((ulong)time.Hour, 2);
        text.AppendPadded((ulong)time.Minute, 2);
        text.AppendPadded((ulong)time.Second, 2);
    }
}
