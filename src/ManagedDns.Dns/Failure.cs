using System.Net;

namespace ManagedDns.Dns;

/// <summary>Why a probe, a transfer, a NOTIFY or a check did not succeed. The names are stored, logged and shown: they are public contract.</summary>
public enum FailureReason
{
    None,

    // What the other server said.
    Refused, ServerFailure, FormatError, NotImplemented, NameError, OtherResponseCode, NotAuthoritative,

    // TSIG (RFC 8945).
    BadSignature, BadKey, BadTime, BadTruncation, NotSigned,

    // The way there.
    Timeout, PortClosed, Unreachable, ConnectionClosed, OwnAddress,

    // TLS (RFC 7858, RFC 8310, RFC 9103).
    TlsFailed, CertificateUntrusted, CertificateName, CertificatePin, CertificateExpired, NoAlpn,

    // What came back.
    Truncated, Malformed, Mismatch, OutOfZone, MissingSoa, TooLarge, TooSlow, NoDifferences,

    // The zone.
    SerialRegressed, Outdated, RejectedContent, Expired, ExpiresSoon, ZoneFile, PrimaryExposed,

    // What a catalog zone lists (RFC 9432).
    CatalogBroken,

    // Its signing.
    SigningFailed, KeyUnavailable, ClockOff, AlreadySigned,

    // Ourselves.
    NoPrimary, TurnedOff, NotLoaded, Canceled, Internal,

    // Our store.
    ContentsDamaged, StoreFull, StoreFailed,

    // Our listen addresses.
    PortInUse, NotPermitted, AddressNotLocal,
}

/// <summary>One failure: its typed reason, the server it happened with, what happened, and what the operator can do about it.</summary>
/// <param name="Message">One sentence: what happened.</param>
/// <param name="Remedy">One sentence: what to do, naming the cmdlet or the other server's setting.</param>
public sealed record Failure(FailureReason Reason, IPEndPoint? Server, string Message, string Remedy)
{
    /// <summary>The other server's response code, where it sent one.</summary>
    public ResponseCode? ResponseCode { get; init; }

    /// <summary>With <see cref="FailureReason.BadTime"/>: the other clock minus ours.</summary>
    public TimeSpan? ClockSkew { get; init; }

    public override string ToString() => Server is null ? $"{Reason}: {Message}" : $"{Reason} from {Server}: {Message}";
}

/// <summary>Carries a <see cref="Failure"/> to whoever asked.</summary>
public sealed class DnsFailureException : Exception
{
    public DnsFailureException(Failure failure, Exception? inner = null)
        : base(failure?.Message, inner) => Failure = failure ?? throw new ArgumentNullException(nameof(failure));

    public Failure Failure { get; }
}
