using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Model;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Sql;

/// <summary>
/// How values lie in columns, both ways: times as Unix milliseconds, spans as microseconds, names, addresses and networks as text,
/// enumerations by name, lists of addresses as text with spaces between.
/// </summary>
internal static class SqlValue
{
    public static object From(object? value) => value switch
    {
        null => DBNull.Value,
        string or long or byte[] => value,
        bool flag => flag ? 1L : 0L,
        int number => (long)number,
        uint number => (long)number,
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        ResponseCode code => (long)code, // a number, because two names share one
        TimeSpan span => (long)span.TotalMicroseconds,
        Enum or DomainName or IPAddress or IPEndPoint or IPNetwork => value.ToString()!,
        IEnumerable<IPAddress> addresses => string.Join(' ', addresses),
        IEnumerable<IPNetwork> networks => string.Join(' ', networks),
        IEnumerable<NotifySeen> notifies => string.Join(' ', notifies.Select(Word)),
        IEnumerable<IPEndPoint> endPoints => string.Join(' ', endPoints),
        _ => throw new ArgumentException($"A {value.GetType()} has no column type.", nameof(value)),
    };

    public static string? Text(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static bool Flag(this SqliteDataReader row, int column) => row.GetInt64(column) != 0;

    public static long? Number(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static uint? Serial(this SqliteDataReader row, int column) => (uint?)row.Number(column);

    public static DateTimeOffset? TimeOrNone(this SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset Time(this SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static TimeSpan Span(this SqliteDataReader row, int column) => TimeSpan.FromMicroseconds(row.GetInt64(column));

    public static T Choice<T>(this SqliteDataReader row, int column)
        where T : struct, Enum => Enum.Parse<T>(row.GetString(column));

    public static DomainName Name(this SqliteDataReader row, int column) => DomainName.Parse(row.GetString(column));

    public static IPAddress Address(this SqliteDataReader row, int column) => IPAddress.Parse(row.GetString(column));

    public static IPEndPoint? EndPoint(this SqliteDataReader row, int column) => row.Text(column) is { } text ? IPEndPoint.Parse(text) : null;

    public static ImmutableArray<IPAddress> Addresses(this SqliteDataReader row, int column) => [.. row.Words(column).Select(IPAddress.Parse)];

    public static ImmutableArray<IPNetwork> Networks(this SqliteDataReader row, int column) =>
        [.. row.Words(column).Select(text => IPNetwork.Parse(text))];

    public static ImmutableArray<IPEndPoint> EndPoints(this SqliteDataReader row, int column) => [.. row.Words(column).Select(IPEndPoint.Parse)];

    /// <summary>A failure from six columns: reason, server, message, remedy, response code, clock skew.</summary>
    public static Failure? Failure(this SqliteDataReader row, int first) => row.IsDBNull(first)
        ? null
        : new Failure(row.Choice<FailureReason>(first), row.EndPoint(first + 1), row.GetString(first + 2), row.GetString(first + 3))
        {
            ResponseCode = row.IsDBNull(first + 4) ? null : (ResponseCode)row.GetInt64(first + 4),
            ClockSkew = row.IsDBNull(first + 5) ? null : row.Span(first + 5),
        };

    public static ImmutableArray<string> Words(this SqliteDataReader row, int column) =>
        [.. row.GetString(column).Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Words of an address, milliseconds since 1970, and the key's name or nothing.</summary>
    public static ImmutableArray<NotifySeen> Notifies(this SqliteDataReader row, int column) =>
        Words(row, column) is { Length: > 0 } words ? [.. words.Select(Notify)] : [];

    private static string Word(NotifySeen seen) => string.Create(
        CultureInfo.InvariantCulture, $"{seen.From},{seen.Time.ToUnixTimeMilliseconds()},{seen.TsigKeyName}");

    private static NotifySeen Notify(string word)
    {
        var parts = word.Split(',', 3);
        return new NotifySeen(
            IPAddress.Parse(parts[0]),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture)),
            parts[2].Length == 0 ? null : DomainName.Parse(parts[2]));
    }
}
