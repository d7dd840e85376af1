using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>What one server of the parent said of a zone's DS.</summary>
/// <param name="Records">The RDATA of its DS records.</param>
/// <param name="Ttl">How long a cache keeps what it said, be it that there is none.</param>
/// <param name="Failure">Why it said nothing that counts; then the rest is empty.</param>
internal sealed record DsAnswer(ZoneServer Server, ImmutableArray<ReadOnlyMemory<byte>> Records, TimeSpan Ttl, Failure? Failure = null)
{
    public bool Has(DomainName zone, DnsKey key) => Records.Any(record => key.Matches(zone, record.Span));

    public bool HasOnly(DomainName zone, IReadOnlyList<DnsKey> keys) => Records.All(record => keys.Any(key => key.Matches(zone, record.Span)));
}

/// <summary>What all servers of the parent said of a zone's DS at one time. It counts only when all of them said something: one that did not may have another DS.</summary>
internal sealed record DsObservation(DateTimeOffset At, ImmutableArray<DsAnswer> Answers)
{
    /// <summary>Why the parent was not asked at all; null where it was.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Whether all name servers of the zone showed its keys before the parent was asked.</summary>
    public bool IsShownByAll { get; init; } = true;

    /// <summary>The failure behind it, where there is one.</summary>
    public Failure? Failure { get; init; }

    public bool IsWhole => Obstacle is null && !Answers.IsEmpty && Answers.All(answer => answer.Failure is null);

    /// <summary>Whether no server has any DS.</summary>
    public bool IsEmpty => IsWhole && Answers.All(answer => answer.Records.IsEmpty);

    /// <summary>The longest that any server said.</summary>
    public TimeSpan Ttl => Answers.Select(answer => answer.Ttl).DefaultIfEmpty().Max();

    /// <summary>Whether every server has the DS of a key.</summary>
    public bool Has(DomainName zone, DnsKey key) => IsWhole && Answers.All(answer => answer.Has(zone, key));

    /// <summary>Whether any server has the DS of a key.</summary>
    public bool Knows(DomainName zone, DnsKey key) => Answers.Any(answer => answer.Has(zone, key));

    /// <summary>Whether every server has the DS that a version of the zone asks for by its CDNSKEY, and no other.</summary>
    public bool Gives(ZoneContents published)
    {
        var keys = published.Find(published.Apex, RecordType.CDNSKEY).Select(record => DnsKey.TryRead(record.Rdata.Span))
            .OfType<DnsKey>().Where(key => (byte)key.Algorithm != 0).ToList();
        return keys.Count == 0 ? IsEmpty : IsWhole && Answers.All(answer => keys.TrueForAll(key => answer.Has(published.Apex, key)) && answer.HasOnly(published.Apex, keys));
    }

    /// <summary>What is waited for, and the servers on which it is not so yet, in words.</summary>
    /// <param name="isSo">Whether a server's answer is what is waited for.</param>
    public static string Await(string what, DsObservation? seen, Func<DsAnswer, bool> isSo)
    {
        if (seen is null)
        {
            return what;
        }

        var missing = seen.Obstacle is { } obstacle
            ? [obstacle]
            : seen.Answers.Where(answer => answer.Failure is not null || !isSo(answer)).Select(Describe).ToList();
        return missing.Count == 0 ? what : $"{what}: {string.Join("; ", missing)}";
    }

    private static string Describe(DsAnswer answer) => answer switch
    {
        { Failure: { } failure } => $"{answer.Server} gives no answer that counts ({failure.Reason})",
        { Records.IsEmpty: true } => $"{answer.Server} has none",
        _ => $"{answer.Server} has that of key {string.Join(", ", answer.Records.Select(record => TagOf(record.Span)).Distinct().Order())}",
    };

    private static int TagOf(ReadOnlySpan<byte> ds) => ds.Length < 2 ? 0 : ds[0] << 8 | ds[1];
}
