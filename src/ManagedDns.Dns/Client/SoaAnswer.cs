namespace ManagedDns.Dns.Client;

/// <summary>What a server says of a zone: its SOA record and how the answer came.</summary>
/// <param name="Retry">SOA timers are in seconds.</param>
/// <param name="Authoritative">Always true for a server that has the zone: an answer without AA is a failure.</param>
/// <param name="RoundTrip">From the query that was answered to its answer.</param>
/// <param name="ClockSkew">The other clock minus ours as its TSIG tells, to the second; null for an unsigned answer.</param>
public sealed record SoaAnswer(
    uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum, uint Ttl, bool Authoritative, TimeSpan RoundTrip, DnsTransport Transport, TimeSpan? ClockSkew);

/// <summary>A response as it came, verified where the remote has a key.</summary>
public sealed record DnsResponse(ReadOnlyMemory<byte> Message, ResponseCode Code, TimeSpan RoundTrip, DnsTransport Transport, TimeSpan? ClockSkew);

/// <summary>How the other server took a NOTIFY.</summary>
public sealed record NotifyAnswer(ResponseCode Code, TimeSpan RoundTrip, int Tries);
