using ManagedDns.Dns.Client;

namespace ManagedDns.Commands;

/// <summary>What New- and Set-PrimaryNameServer say about TLS, put together.</summary>
internal static class TlsParameters
{
    /// <param name="old">The terms so far; null: no TLS.</param>
    /// <param name="isBound">Whether a parameter was given.</param>
    /// <param name="tls">Null: not given; another TLS parameter then turns it on, unless it takes something away.</param>
    public static TlsTerms? Change(
        TlsTerms? old, Func<string, string> pathOf, Func<string, bool> isBound, bool? tls, string? hostName, string[]? pins, string? authorityPath)
    {
        if (!(tls ?? (old is not null || !string.IsNullOrEmpty(hostName) || pins is { Length: > 0 } || !string.IsNullOrEmpty(authorityPath))))
        {
            return null;
        }

        var terms = old ?? new();
        return terms with
        {
            HostName = isBound("TlsHostName") ? NoneIfEmpty(hostName?.TrimEnd('.')) : terms.HostName,
            Pins = isBound("TlsPin") ? [.. pins ?? []] : terms.Pins,
            Authorities = !isBound("TlsAuthorityPath") ? terms.Authorities
                : string.IsNullOrEmpty(authorityPath) ? null
                : Names.ReadFile(pathOf(authorityPath)),
        };
    }

    private static string? NoneIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
