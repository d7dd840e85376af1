using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Engine.Answering;

/// <summary>An AXFR or IXFR request that came over TCP or TLS, well formed and, where signed, verified.</summary>
/// <param name="Message">The whole request as it came.</param>
/// <param name="Type">AXFR or IXFR.</param>
/// <param name="HaveSerial">With IXFR: the serial that the client has.</param>
/// <param name="Key">The key that signed it; null when it came unsigned. The answer must be signed with the same key.</param>
/// <param name="RequestMac">The request's MAC, which the answer's first signature covers (RFC 8945 §5.3.1); empty when unsigned.</param>
public sealed record TransferRequest(
    ReadOnlyMemory<byte> Message,
    ushort Id,
    DomainName Zone,
    RecordType Type,
    uint? HaveSerial,
    IPEndPoint From,
    TsigKey? Key,
    ReadOnlyMemory<byte> RequestMac)
{
    /// <summary>Whether it came as RFC 9103 §7 asks: over TLS 1.3 with ALPN <c>dot</c>. Anything less counts as no TLS.</summary>
    public bool IsOverTls { get; init; }

    /// <summary>SHA-256 of the key of the certificate that the client proved to have, in base64; null: it showed none.</summary>
    public string? ClientPin { get; init; }

    /// <summary>Whether the request had an OPT record (RFC 6891): the answer then has one.</summary>
    public bool HasEdns { get; init; }

    /// <summary>Whether it asked how long the zone would be served without its primary (RFC 7314).</summary>
    public bool WantsExpire { get; init; }

    /// <summary>Whether the messages of the answer are to be padded (RFC 7830 §4): the request was, over TLS.</summary>
    public bool WantsPadding { get; init; }
}

/// <summary>The way back to the client of a transfer.</summary>
public interface ITransferChannel
{
    /// <summary>Writes whole messages, each behind its two length octets; several in one call cost one system call. Returns when the memory may be reused.</summary>
    /// <exception cref="IOException">The client is gone or too slow.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> framedMessages, CancellationToken cancellation);
}

/// <summary>Answers AXFR and IXFR over TCP and TLS, refusals included. Over UDP the query processor answers IXFR with the current SOA (RFC 1995 §2).</summary>
public interface ITransferOutHandler
{
    /// <summary>Whether clients that speak TLS are asked for a certificate.</summary>
    bool AsksForCertificates => false;

    Task AnswerAsync(TransferRequest request, ITransferChannel channel, CancellationToken cancellation);
}
