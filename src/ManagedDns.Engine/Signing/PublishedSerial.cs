using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>The serial of the next version published, always newer than the one before.</summary>
internal static class PublishedSerial
{
    /// <param name="before">The serial published before; null: none was.</param>
    public static uint Next(SerialPolicy policy, uint primary, uint? before, DateTimeOffset now)
    {
        var wanted = policy switch
        {
            SerialPolicy.UnixTime => unchecked((uint)now.ToUnixTimeSeconds()),
            SerialPolicy.DateCounter => uint.Parse(now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) * 100,
            SerialPolicy.Increment when before is { } last => unchecked(last + 1),
            _ => primary,
        };
        return before is { } old && !new Serial(wanted).IsNewerThan(old) ? unchecked(old + 1) : wanted;
    }
}
