using System.Collections.Immutable;
using System.Net;

namespace ManagedDns.Model;

/// <summary>
/// Response rate limiting (ISC-TN-2012-1): how many like responses one client network may get over UDP, so that the server is no amplifier
/// for queries with forged addresses.
/// </summary>
/// <param name="ResponsesPerSecond">1 to <see cref="MaxResponsesPerSecond"/>, for each network, kind of response and name or zone.</param>
/// <param name="Window">The seconds over which the rate is measured, 1 to <see cref="MaxWindow"/>: a quiet client may use a whole window's responses at once.</param>
/// <param name="Slip">Every which response over the limit is sent truncated, so that real clients come back over TCP. 0: none; 1: all; at most <see cref="MaxSlip"/>.</param>
public sealed record RateLimitSettings(int ResponsesPerSecond = 200, int Window = 1, int Slip = 2)
{
    public const int MaxResponsesPerSecond = 100_000;
    public const int MaxWindow = 600;
    public const int MaxSlip = 10;

    /// <summary>How many leading bits of an IPv4 address are a client network.</summary>
    public int IPv4PrefixLength { get; init; } = 24;

    /// <summary>How many leading bits of an IPv6 address are a client network; at most 64.</summary>
    public int IPv6PrefixLength { get; init; } = 56;

    /// <summary>Clients that are never limited.</summary>
    public ImmutableArray<IPNetwork> ExemptNetworks { get; init; } = [];

    public bool Equals(RateLimitSettings? other) =>
        other is not null && (ResponsesPerSecond, Window, Slip, IPv4PrefixLength, IPv6PrefixLength)
            == (other.ResponsesPerSecond, other.Window, other.Slip, other.IPv4PrefixLength, other.IPv6PrefixLength)
            && ExemptNetworks.AsSpan().SequenceEqual(other.ExemptNetworks.AsSpan());

    public override int GetHashCode() => HashCode.Combine(ResponsesPerSecond, Window, Slip, IPv4PrefixLength, IPv6PrefixLength, ExemptNetworks.Length);
}
