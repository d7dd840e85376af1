using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Refresh;

/// <summary>What a cycle is to do, as of its start.</summary>
/// <param name="Have">Our newest version, held until the order is disposed; null where there is none.</param>
/// <param name="First">The address to ask first: it sent a NOTIFY.</param>
/// <param name="Hint">A serial that a NOTIFY told: a primary that has less is not the last word.</param>
/// <param name="Checks">What a new version must be like.</param>
/// <param name="Limits">What a transfer may cost.</param>
internal sealed record CycleOrder(
    long ZoneId, DomainName Zone, ImmutableArray<PrimaryPlan> Primaries, ZoneContents? Have, Wish Wish, IPAddress? First, uint? Hint, ContentCheckSettings Checks,
    TransferLimits Limits)
    : IDisposable
{
    public void Dispose() => Have?.Dispose();
}

/// <summary>How a cycle ended: with a new version, without one because <paramref name="Primary"/> has the same serial, or with a failure.</summary>
/// <param name="NotBefore">With a failure: the least time to the next try.</param>
internal sealed record CycleResult(IPEndPoint? Primary, NewVersion? Version, Failure? Failure, TimeSpan NotBefore = default)
{
    /// <summary>How long the primary itself, being a secondary too, would serve the zone (RFC 7314); null: it did not say.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}
