using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;

namespace ManagedDns.Engine.Answering;

/// <summary>What answers depend on besides the zones. Immutable: replaced whole when the settings change.</summary>
public sealed record AnsweringOptions
{
    public static readonly AnsweringOptions Default = new();

    /// <summary>This server's name among those that share its address: NSID (RFC 5001), <c>id.server</c> and <c>hostname.bind</c>. Empty: not told.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>What <c>version.bind</c> and <c>version.server</c> tell. Empty: not told.</summary>
    public string Version { get; init; } = "";

    /// <summary>Null: COOKIE options are ignored.</summary>
    public ServerCookies? Cookies { get; init; }

    /// <summary>Null: UDP responses are not limited.</summary>
    public ResponseRateLimiter? RateLimiter { get; init; }

    public TsigKeyRing Keys { get; init; } = TsigKeyRing.Empty;

    /// <summary>Told whose signature was good; null: nobody is.</summary>
    internal KeyWitness? Witness { get; init; }

    /// <summary>The longest UDP answer that is sent, and the size that our OPT records name: 1232 avoids fragments on every path (RFC 9715).</summary>
    public int MaxUdpPayload { get; init; } = 1232;

    /// <summary>How long an idle TCP connection is kept, as edns-tcp-keepalive tells (RFC 7828).</summary>
    public TimeSpan TcpIdleTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
