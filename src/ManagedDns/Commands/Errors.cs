using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>Makes ErrorRecords: the id is the reason's name, the category follows from it, the remedy is the recommended action.</summary>
internal static class Errors
{
    public static bool IsAboutOneItem(StoreException exception) =>
        exception.Error is StoreError.DuplicateName or StoreError.Unknown or StoreError.InUse or StoreError.Invalid or StoreError.TooEarly;

    public static ErrorRecord From(StoreException exception, object? target = null) =>
        Record(exception, exception.Error.ToString(), Category(exception.Error), target ?? exception.Target, exception.Message, exception.Remedy);

    public static ErrorRecord From(Failure failure, object? target, DnsFailureException? exception = null) =>
        Record(
            exception ?? new DnsFailureException(failure),
            failure.Reason.ToString(),
            Category(failure.Reason),
            target ?? failure.Server,
            failure.Message,
            failure.Remedy);

    /// <summary>Says which item of a long pipeline an error is about, and so which line of the CSV file that it came from.</summary>
    /// <param name="item">From 1; 0: there is no pipeline.</param>
    public static ErrorRecord Locate(ErrorRecord error, int item)
    {
        if (item > 0)
        {
            var remedy = error.ErrorDetails.RecommendedAction;
            error.ErrorDetails = new ErrorDetails(
                $"{error.ErrorDetails.Message} (Item {item} of the pipeline; line {item + 1} of a CSV file with a heading.)")
            {
                RecommendedAction = remedy,
            };
        }

        return error;
    }

    /// <summary>A parameter's value makes no sense.</summary>
    public static ErrorRecord Invalid(string message, string remedy, object? target) =>
        Record(new ArgumentException(message), "Invalid", ErrorCategory.InvalidArgument, target, message, remedy);

    public static ErrorRecord Record(Exception exception, string id, ErrorCategory category, object? target, string message, string remedy) =>
        new(exception, id, category, target) { ErrorDetails = new ErrorDetails(message) { RecommendedAction = remedy } };

    /// <summary>The category of a reason that the server's process gives by name.</summary>
    public static ErrorCategory CategoryOf(string reason) =>
        Enum.TryParse<StoreError>(reason, out var store) ? Category(store)
        : Enum.TryParse<FailureReason>(reason, out var failure) ? Category(failure)
        : ErrorCategory.ResourceUnavailable;

    private static ErrorCategory Category(StoreError error) => error switch
    {
        StoreError.NotFound or StoreError.Unknown => ErrorCategory.ObjectNotFound,
        StoreError.NoAccess => ErrorCategory.PermissionDenied,
        StoreError.Busy or StoreError.InUse => ErrorCategory.ResourceBusy,
        StoreError.TooEarly => ErrorCategory.ResourceUnavailable,
        StoreError.Full => ErrorCategory.LimitsExceeded,
        StoreError.NotAStore or StoreError.Damaged or StoreError.NewerVersion or StoreError.OtherSchema => ErrorCategory.InvalidData,
        StoreError.KeyMissing or StoreError.KeyMismatch => ErrorCategory.SecurityError,
        StoreError.DuplicateName => ErrorCategory.ResourceExists,
        StoreError.Invalid => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.InvalidOperation,
    };

    private static ErrorCategory Category(FailureReason reason) => reason switch
    {
        FailureReason.Refused => ErrorCategory.PermissionDenied,
        FailureReason.BadSignature or FailureReason.BadKey or FailureReason.BadTime or FailureReason.BadTruncation or FailureReason.NotSigned
            or FailureReason.CertificateUntrusted or FailureReason.CertificateName or FailureReason.CertificatePin or FailureReason.CertificateExpired =>
            ErrorCategory.AuthenticationError,
        FailureReason.Timeout or FailureReason.TooSlow => ErrorCategory.OperationTimeout,
        FailureReason.PortClosed or FailureReason.Unreachable or FailureReason.ConnectionClosed => ErrorCategory.ConnectionError,
        FailureReason.OwnAddress or FailureReason.AddressNotLocal => ErrorCategory.InvalidArgument,
        FailureReason.PortInUse => ErrorCategory.ResourceBusy,
        FailureReason.NotPermitted => ErrorCategory.PermissionDenied,
        FailureReason.TlsFailed or FailureReason.NoAlpn or FailureReason.Truncated or FailureReason.Malformed or FailureReason.Mismatch => ErrorCategory.ProtocolError,
        FailureReason.OutOfZone or FailureReason.MissingSoa or FailureReason.RejectedContent or FailureReason.ZoneFile or FailureReason.ContentsDamaged =>
            ErrorCategory.InvalidData,
        FailureReason.TooLarge or FailureReason.StoreFull => ErrorCategory.LimitsExceeded,
        FailureReason.StoreFailed => ErrorCategory.WriteError,
        FailureReason.NotLoaded or FailureReason.NoPrimary => ErrorCategory.ObjectNotFound,
        FailureReason.Canceled => ErrorCategory.OperationStopped,
        FailureReason.None or FailureReason.Internal => ErrorCategory.NotSpecified,
        _ => ErrorCategory.InvalidResult,
    };
}
