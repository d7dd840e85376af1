using System.Globalization;
using System.Net.Sockets;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Client;

/// <summary>What we ask of another server: it decides how a failure is worded.</summary>
internal enum Undertaking
{
    Query, Transfer, Notify,

    /// <summary>NOTIFY(CDS) to the parent (RFC 9859).</summary>
    NotifyParent,

    /// <summary>A change of records there (RFC 2136).</summary>
    Update,
}

/// <summary>
/// Words the failures of one exchange for the operator, who reads them as they stand: what happened, with whom, and what to set where.
/// </summary>
internal sealed class FailureText(Remote remote, DomainName zone, Undertaking undertaking)
{
    public string Server => remote.EndPoint.ToString();

    public int Port => remote.EndPoint.Port;

    public string Zone => zone.ToDisplayString();

    private string KeyName => remote.Key?.Name.ToDisplayString() ?? "";

    /// <summary>How we look from over there.</summary>
    private string Ourselves =>
        (remote.Source is { } source ? source.ToString() : "this server's address") + (remote.Key is null ? "" : $" with the key '{KeyName}'");

    private string What => undertaking switch
    {
        Undertaking.Transfer => $"the transfer of {Zone}",
        Undertaking.Notify => $"the NOTIFY for {Zone}",
        Undertaking.NotifyParent => $"the NOTIFY(CDS) for {Zone}",
        Undertaking.Update => $"the update of {Zone}",
        _ => $"the query for {Zone}",
    };

    public Failure Make(FailureReason reason, string message, string remedy) => new(reason, remote.EndPoint, message, remedy);

    public Failure ForCode(ResponseCode code)
    {
        var (reason, message, remedy) = code switch
        {
            ResponseCode.Refused => (FailureReason.Refused, $"{Server} refused {What} (REFUSED).", RemedyForRefused()),
            ResponseCode.ServFail => (FailureReason.ServerFailure, $"{Server} could not answer {What} (SERVFAIL).",
                $"Look into the log of {Server}: the zone is probably not loaded there, or has expired."),
            ResponseCode.NXDomain => (FailureReason.NameError, $"{Server} says that {Zone} does not exist (NXDOMAIN).",
                $"Check the zone's spelling, and that {Server} is configured to serve it."),
            ResponseCode.NotAuth => (FailureReason.NotAuthoritative, $"{Server} says that it is not authoritative for {Zone} (NOTAUTH).",
                RemedyForNotAuth()),
            ResponseCode.FormErr => (FailureReason.FormatError, $"{Server} did not understand {What} (FORMERR).",
                remote.Key is null ? $"Check that {Server} is a name server that knows this kind of message." : $"Check that {Server} supports TSIG with {remote.Key.Algorithm}."),
            ResponseCode.NotImp => (FailureReason.NotImplemented, $"{Server} does not implement {What} (NOTIMP).",
                undertaking switch
                {
                    Undertaking.Notify => $"Remove {Server} from the NOTIFY targets, or enable NOTIFY there.",
                    Undertaking.NotifyParent => RemedyOfParent,
                    Undertaking.Update => RemedyForUpdate,
                    _ => $"Enable it on {Server}, or use another primary.",
                }),
            _ => (FailureReason.OtherResponseCode, $"{Server} answered {What} with {Mnemonic(code)}.", $"Look into the log of {Server} for the reason."),
        };
        return Make(reason, message, remedy) with { ResponseCode = code };
    }

    /// <summary>
    /// A response code without a signature although we signed. It is believed as far as the operator is told. PowerDNS answers a bare NOTAUTH whatever is wrong
    /// with a signature; to a transfer it says the same where it does not permit it.
    /// </summary>
    public Failure ForUnsignedCode(ResponseCode code)
    {
        if (code != ResponseCode.NotAuth || undertaking == Undertaking.Transfer)
        {
            return ForCode(code);
        }

        var failure = Make(
            FailureReason.BadSignature,
            $"{Server} did not accept what is signed with the key '{KeyName}' and gave no reason (NOTAUTH without TSIG, as PowerDNS does).",
            $"Compare name, algorithm ({remote.Key?.Algorithm}) and secret of '{KeyName}' here and on {Server}, and the two clocks; the log there tells which it is.");
        return failure with { ResponseCode = code };
    }

    public Failure ForTsig(TsigVerdict verdict)
    {
        var (message, remedy) = verdict.Reason switch
        {
            FailureReason.BadSignature when verdict.Error == ResponseCode.BadSig => (
                $"{Server} could not verify our signature with the key '{KeyName}' (BADSIG).",
                $"The secrets differ: set the secret and algorithm ({remote.Key?.Algorithm}) of '{KeyName}' alike here and on {Server}."),
            FailureReason.BadSignature => (
                $"The signature of the answer from {Server} is wrong: it was made with another secret, or altered on the way.",
                $"Set the secret of '{KeyName}' alike here and on {Server}; if it is, something between changes DNS messages."),
            FailureReason.BadKey when verdict.Error == ResponseCode.BadKey => (
                $"{Server} does not know the key '{KeyName}' with {remote.Key?.Algorithm}, or does not accept it for this (BADKEY).",
                $"Add the key to {Server} under exactly this name and with this algorithm, and permit it for {Zone} (Export-TsigKey writes it for BIND, NSD, Knot and PowerDNS)."),
            FailureReason.BadKey => (
                $"{Server} signed its answer with another key than '{KeyName}'.",
                $"Set the key '{KeyName}' for this zone on {Server}."),
            FailureReason.BadTime => (
                $"The clock of {Server} is {Describe(verdict.ClockSkew)} ours; TSIG allows {TsigSigner.Fudge} seconds (BADTIME).",
                $"Set the clocks of this machine and of {Server} by NTP."),
            FailureReason.BadTruncation => (
                $"{Server} and this service do not agree on the length of signatures with the key '{KeyName}' (BADTRUNC).",
                $"Let {Server} use whole signatures: no digest bits behind the algorithm of '{KeyName}'."),
            FailureReason.NotSigned => (
                $"{Server} did not sign its answer although the query was signed with '{KeyName}'.",
                $"Require the key '{KeyName}' for this zone on {Server}, or check that the answer comes from {Server} itself."),
            _ => ($"The TSIG record in the answer from {Server} is malformed.", $"Look into the log of {Server}, or update its software."),
        };
        return Make(verdict.Reason, message, remedy) with { ClockSkew = verdict.ClockSkew };
    }

    public Failure ForSocket(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => Make(FailureReason.PortClosed, $"Nothing listens on {Server} (connection refused).",
            $"Start the name server there, or correct its address and port; a firewall may also refuse port {remote.EndPoint.Port}."),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.AccessDenied => Make(
            FailureReason.Unreachable, $"There is no way to {Server}: {e.Message}.",
            "Check the address, this machine's routes and the firewalls between."),
        SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported or SocketError.InvalidArgument => Make(
            FailureReason.Unreachable, $"{Server} cannot be reached from {remote.Source?.ToString() ?? "this machine"}: {e.Message}.",
            "Give an address of this machine and of the same family with Set-SecondaryServer -TransferSource, or none."),
        SocketError.TimedOut => TimedOut(null),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => Closed("reset the connection"),
        _ => Make(FailureReason.Unreachable, $"Talking to {Server} failed: {e.Message}.", "Check the address, this machine's routes and the firewalls between."),
    };

    /// <summary>The other side ended TLS, in the handshake or afterwards.</summary>
    public Failure ForTls(Exception e) => e.InnerException is SocketException socket
        ? ForSocket(socket)
        : Make(
            FailureReason.TlsFailed, $"TLS with {Server} failed: {(e.InnerException ?? e).Message.TrimEnd('.')}.",
            remote.Tls?.Identity is null
                ? $"Check that {Server} offers DNS over TLS 1.3 on port {Port}; if it asks for a certificate of ours, give one with Set-SecondaryServer -CertificatePath."
                : $"Check that {Server} offers DNS over TLS 1.3 on port {Port} and trusts our certificate.");

    /// <param name="waited">How long in all; null where the system gave up.</param>
    public Failure TimedOut(TimeSpan? waited) => Make(
        FailureReason.Timeout,
        waited is null ? $"{Server} did not answer." : string.Create(CultureInfo.InvariantCulture, $"{Server} did not answer {What} within {waited.Value.TotalSeconds:0.#} seconds."),
        $"Check that {Server} is up, and that firewalls let {(remote.Tls is null ? "UDP and TCP" : "TCP")} port {remote.EndPoint.Port} pass from {remote.Source?.ToString() ?? "this server"}.");

    /// <param name="how">What it did, following the server's name.</param>
    public Failure Closed(string how) => Make(
        FailureReason.ConnectionClosed,
        $"{Server} {how}.",
        undertaking == Undertaking.Transfer
            ? $"Look into the log of {Server}: it may not permit {What} to {Ourselves}, limit connections, or have been stopped."
            : $"Look into the log of {Server}: it may limit connections, or have been stopped.");

    public Failure Malformed(MessageError error) => Malformed(error switch
    {
        MessageError.NoHeader => "it is shorter than a header",
        MessageError.CutShort => "it ends inside a record",
        MessageError.BadName => "it has a malformed name",
        MessageError.BadRdata => "it has a record whose data does not fit its type",
        _ => "octets follow its last record",
    });

    /// <param name="why">A clause.</param>
    public Failure Malformed(string why) => Make(
        FailureReason.Malformed, $"{Server} sent a message that cannot be used: {why}.", $"Check that {Server} is a name server and its software up to date.");

    public Failure Mismatch(string why) => Make(
        FailureReason.Mismatch, $"{Server} answered something else than was asked: {why}.", $"Check that {Server} is a name server and that nothing between alters DNS messages.");

    public Failure NotAuthoritative() => Make(
        FailureReason.NotAuthoritative, $"{Server} answers for {Zone} without authority (no AA flag).",
        $"Give the address of a name server that has the zone itself, primary or secondary; {Server} is a resolver, or the zone has expired or is not loaded there.");

    private string RemedyForRefused() => undertaking switch
    {
        Undertaking.Transfer =>
            $"Permit the transfer on {Server} to {Ourselves}: allow-transfer (BIND), provide-xfr (NSD), an acl with action transfer (Knot), "
            + "allow-axfr-ips or TSIG-ALLOW-AXFR (PowerDNS). Get-PrimaryConfigurationExample prints it.",
        Undertaking.Notify => $"Permit NOTIFY on {Server} from {Ourselves}: primaries or allow-notify (BIND), allow-notify (NSD), an acl with action notify (Knot).",
        Undertaking.NotifyParent => RemedyOfParent,
        Undertaking.Update => RemedyForUpdate,
        _ => $"Check that {Server} serves {Zone} and permits queries from {Ourselves} (allow-query in BIND).",
    };

    /// <summary>Knot and PowerDNS say NOTAUTH too where they do not permit a transfer or a NOTIFY.</summary>
    private string RemedyForNotAuth() => undertaking switch
    {
        Undertaking.Transfer => $"Check that {Server} is configured to serve {Zone}, and that it permits the transfer to {Ourselves} (in Knot an acl with action transfer, in PowerDNS TSIG-ALLOW-AXFR or allow-axfr-ips)."
            + (remote.Key is null ? "" : $" PowerDNS answers so too when the secret of '{KeyName}' or the clocks differ."),
        Undertaking.Notify => $"Check that {Zone} is a zone of {Server} and that it permits NOTIFY from {Ourselves} (in Knot an acl with action notify), or remove it from the NOTIFY targets.",
        Undertaking.NotifyParent => RemedyOfParent,
        Undertaking.Update => $"Check that {Server} is the primary of {Zone}. {RemedyForUpdate}",
        _ => $"Check that {Server} is configured to serve {Zone}.",
    };

    private string RemedyForUpdate =>
        $"Permit updates of {Zone} on {Server} to {Ourselves}: update-policy (BIND), an acl with action update (Knot), TSIG-ALLOW-DNSUPDATE (PowerDNS).";

    private string RemedyOfParent =>
        $"The parent's DSYNC record names {Server} for this: ask its operator; without such messages (Set-SigningPolicy -NotifyParent:$false) the parent finds the CDS in its own time.";

    /// <summary>The noun in the number that <paramref name="count"/> wants.</summary>
    public static string Count(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    // 16 is BADSIG in a TSIG record and BADVERS here.
    private static string Mnemonic(ResponseCode code) => code == ResponseCode.BadVers ? "BADVERS" : Enum.IsDefined(code) ? code.ToString().ToUpperInvariant() : $"RCODE {(int)code}";

    private static string Describe(TimeSpan? skew) => skew is not { } s
        ? "too far from"
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(s.TotalSeconds):0} seconds {(s < TimeSpan.Zero ? "behind" : "ahead of")}");
}
