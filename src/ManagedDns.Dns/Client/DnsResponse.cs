using System.Net;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Client;

public enum DnsTransport
{
    Udp, Tcp, Tls,
}

/// <summary>A response as it came, verified where the remote has a key. It can be read to its end, except when it is truncated.</summary>
/// <param name="Code">The whole response code, with the bits that an OPT record carries.</param>
/// <param name="RoundTrip">From the try that was answered to its answer.</param>
/// <param name="ClockSkew">The other clock minus ours as its TSIG tells, to the second; null for an unsigned answer.</param>
public sealed record DnsResponse(ReadOnlyMemory<byte> Message, ResponseCode Code, TimeSpan RoundTrip, DnsTransport Transport, TimeSpan? ClockSkew)
{
    /// <summary>The address we asked from: the one that the other side's operator must permit.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The key that signed both ways; null: none.</summary>
    public TsigKey? Key { get; init; }

    public bool IsTruncated => MessageHeader.TryRead(Message.Span, out var header) && header.IsTruncated;

    public bool IsAuthoritative => MessageHeader.TryRead(Message.Span, out var header) && header.IsAuthoritative;
}

/// <summary>A NOTIFY that the other server took.</summary>
/// <param name="Tries">How many were sent.</param>
public sealed record NotifyAnswer(TimeSpan RoundTrip, int Tries);
