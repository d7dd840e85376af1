using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>Checks one primary for one zone, with the server's own code: what is found here is what the server will find.</summary>
/// <param name="time">Times waits, and tells how old things are.</param>
internal sealed class PrimaryHealth(ZoneSubject subject, PrimaryNameServer primary, TimeProvider time)
{
    // TSIG allows 300 seconds (RFC 8945 §10); a clock that is off by a fifth of it deserves a look.
    private static readonly TimeSpan s_skewWorthAWarning = TimeSpan.FromSeconds(60);

    // Refresh, retry and transfer all wait for round trips; half a second each is far for a name server.
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(500);

    // One block of messages tells whether the transfer is permitted; the rest of a large zone is not fetched.
    private static readonly TransferLimits s_firstBlock = new() { MaxRecords = 1 };

    private readonly DnsClient _client = new(time);
    private readonly Remote _remote = Remotes.Of(primary, subject.Settings);
    private readonly CheckList _list = new(primary);

    private DomainName Zone => subject.Zone.Name;

    public async Task<PrimaryFindings> RunAsync(CancellationToken cancellation)
    {
        CheckEnabled();
        if (OwnEndPoints.Check(primary.EndPoint, subject.Settings.Server, subject.Running) is { } ourselves)
        {
            _list.Failed(Checks.OwnAddress, ourselves);
            return new PrimaryFindings(primary, null, _list.Checks);
        }

        // Side by side: a primary that is down takes one time-out, not three.
        var overUdp = AskAsync(DnsTransport.Udp, cancellation);
        var overTcp = AskAsync(DnsTransport.Tcp, cancellation);
        var wholeZone = TransferAsync(null, cancellation);
        var (udp, tcp) = (await overUdp.ConfigureAwait(false), await overTcp.ConfigureAwait(false));
        AddSoa(Checks.SoaOverUdp, udp);
        AddSoa(Checks.SoaOverTcp, tcp);
        CheckRoundTrip(udp.Answer ?? tcp.Answer);
        CheckAuthority(udp, tcp);
        CheckTsig(udp, tcp);
        CheckAxfr((await wholeZone.ConfigureAwait(false)).Failure);
        await CheckIxfrAsync(udp.Answer ?? tcp.Answer, cancellation).ConfigureAwait(false);
        CheckSerial(udp.Answer ?? tcp.Answer);
        CheckNotify();
        return new PrimaryFindings(primary, (udp.Answer ?? tcp.Answer)?.Serial, _list.Checks);
    }

    private void CheckEnabled()
    {
        if (primary.Enabled)
        {
            _list.Passed(Checks.Enabled, "The primary is enabled.");
        }
        else
        {
            _list.Warning(
                Checks.Enabled, "The primary is disabled: zones are not transferred from it.", $"Enable-PrimaryNameServer -Name '{primary.Name}'",
                FailureReason.TurnedOff);
        }
    }

    private void AddSoa(string check, Probe probe)
    {
        if (probe.Answer is { } answer)
        {
            _list.Passed(check, $"It answered: serial {answer.Serial}.");
        }
        else
        {
            _list.Failed(check, probe.Failure!);
        }
    }

    private void CheckRoundTrip(SoaAnswer? answer)
    {
        if (answer is null)
        {
            _list.NotApplicable(Checks.RoundTrip, "It gave no SOA record.");
            return;
        }

        var text = string.Create(
            CultureInfo.InvariantCulture, $"{answer.RoundTrip.TotalMilliseconds:0.0} ms over {answer.Transport.ToString().ToUpperInvariant()}.");
        if (answer.RoundTrip < s_slow)
        {
            _list.Passed(Checks.RoundTrip, text);
        }
        else
        {
            _list.Warning(
                Checks.RoundTrip, text, "Look for load on the primary or loss on the way; Set-PrimaryNameServer -Priority has a nearer one tried first.",
                FailureReason.TooSlow);
        }
    }

    private void CheckAuthority(Probe udp, Probe tcp)
    {
        if (new[] { udp, tcp }.FirstOrDefault(probe => probe.Failure?.Reason == FailureReason.NotAuthoritative) is { } without)
        {
            _list.Failed(Checks.Authoritative, without.Failure!);
        }
        else if (udp.Answer is null && tcp.Answer is null)
        {
            _list.NotApplicable(Checks.Authoritative, "It gave no SOA record.");
        }
        else
        {
            _list.Passed(Checks.Authoritative, "It answers with authority.");
        }
    }

    private void CheckTsig(Probe udp, Probe tcp)
    {
        if (_remote.Key is null)
        {
            _list.NotApplicable(
                Checks.Tsig, "The primary has no TSIG key: anybody on the way can alter the zone.", "New-TsigKey and Set-PrimaryNameServer -TsigKey");
        }
        else if ((udp.Answer ?? tcp.Answer) is { ClockSkew: { } skew } answer)
        {
            var old = _remote.Key.Successor is not null && !_remote.Key.Successor.Equals(answer.Key) ? ", not yet with the one that takes its place" : "";
            var text = $"It signs with '{(answer.Key ?? _remote.Key).Name.ToDisplayString()}'{old}; its clock is {skew.TotalSeconds:+0;-0;0} seconds from ours.";
            if (skew.Duration() <= s_skewWorthAWarning)
            {
                _list.Passed(Checks.Tsig, text);
            }
            else
            {
                _list.Warning(
                    Checks.Tsig, text, "Set the clocks of this machine and of the primary by NTP before the difference reaches 300 seconds.",
                    FailureReason.BadTime);
            }
        }
        else if (new[] { udp, tcp }.FirstOrDefault(probe => IsTsig(probe.Failure!.Reason)) is { } failed)
        {
            _list.Failed(Checks.Tsig, failed.Failure!);
        }
        else
        {
            _list.NotApplicable(Checks.Tsig, "It gave no answer whose signature could be verified.");
        }
    }

    private void CheckAxfr(Failure? failure)
    {
        if (failure is null or { Reason: FailureReason.TooLarge })
        {
            _list.Passed(Checks.Axfr, "It lets us transfer the zone.");
        }
        else
        {
            _list.Failed(Checks.Axfr, failure);
        }
    }

    // Asked for what has changed since its own serial, a server that knows IXFR sends its SOA record alone (RFC 1995 §2).
    private async Task CheckIxfrAsync(SoaAnswer? answer, CancellationToken cancellation)
    {
        if (answer is null)
        {
            _list.NotApplicable(Checks.Ixfr, "It gave no serial to ask from.");
            return;
        }

        var (summary, failure) = await TransferAsync(answer.Serial, cancellation).ConfigureAwait(false);
        if (summary?.Outcome == TransferOutcome.UpToDate)
        {
            _list.Passed(Checks.Ixfr, "It answers IXFR.");
        }
        else if (failure is null or { Reason: FailureReason.TooLarge })
        {
            _list.Warning(
                Checks.Ixfr, "It sends the whole zone where differences were asked for: every change costs a full transfer.",
                "Switch IXFR on at the primary (BIND: ixfr-from-differences or dynamic updates; Knot: journal-content; NSD: store-ixfr).",
                FailureReason.NoDifferences);
        }
        else
        {
            _list.Warning(
                Checks.Ixfr, failure.Message, "The whole zone is transferred instead; permit IXFR where AXFR is permitted.", failure.Reason);
        }
    }

    private void CheckSerial(SoaAnswer? answer)
    {
        if (answer is null || subject.Status?.PrimarySerial is not { } ours)
        {
            _list.NotApplicable(Checks.Serial, answer is null ? "It gave no serial." : $"Serial {answer.Serial}; nothing has been transferred yet.");
        }
        else if (answer.Serial == ours)
        {
            _list.Passed(Checks.Serial, $"Serial {ours}, as we have it.");
        }
        else if (((Serial)answer.Serial).IsNewerThan(ours))
        {
            _list.Warning(
                Checks.Serial, $"Serial {answer.Serial}; we still have {ours}.",
                $"The next refresh brings it; at once: Start-ZoneTransfer -Zone {subject.Name}.", FailureReason.Outdated);
        }
        else if (!((Serial)ours).IsNewerThan(answer.Serial))
        {
            _list.Failed(
                Checks.Serial, $"Serial {answer.Serial} is neither newer nor older than ours, {ours}: they are 2^31 apart (RFC 1982).",
                $"Raise the serial on the primary by one, or accept it once: Start-ZoneTransfer -Zone {subject.Name} -AcceptSerial.",
                FailureReason.SerialRegressed);
        }
        else
        {
            _list.Failed(
                Checks.Serial, $"Serial {answer.Serial} is older than ours, {ours} (RFC 1982): nothing is transferred.",
                $"Raise the serial on the primary above {ours}, or accept it once: Start-ZoneTransfer -Zone {subject.Name} -AcceptSerial.",
                FailureReason.SerialRegressed);
        }
    }

    private void CheckNotify()
    {
        var seen = subject.Status?.Notifies.Where(notify => notify.From.Equals(primary.Address)).MaxBy(notify => notify.Time);
        if (seen is not null)
        {
            var key = seen.TsigKeyName is null ? "unsigned" : $"signed with '{seen.TsigKeyName.ToDisplayString()}'";
            _list.Passed(Checks.Notify, $"The last NOTIFY from it came at {seen.Time.UtcDateTime:u}, {key}.");
        }
        else if (subject.Status?.LastNotify is { } other)
        {
            _list.NotApplicable(Checks.Notify, $"No NOTIFY from it has been seen; the last one from another server came at {other.UtcDateTime:u}.");
        }
        else
        {
            _list.NotApplicable(
                Checks.Notify, "No NOTIFY from it has been seen: changes come with the next refresh.",
                $"Have it notify us: Get-PrimaryConfigurationExample -Zone {subject.Name} shows how.");
        }
    }

    private static bool IsTsig(FailureReason reason) =>
        reason is FailureReason.BadSignature or FailureReason.BadKey or FailureReason.BadTime or FailureReason.BadTruncation or FailureReason.NotSigned;

    private async Task<Probe> AskAsync(DnsTransport transport, CancellationToken cancellation)
    {
        try
        {
            var options = new QueryOptions { Transport = transport };
            return new Probe(await _client.QuerySoaAsync(_remote, Zone, options, cancellation).ConfigureAwait(false), null);
        }
        catch (DnsFailureException e)
        {
            return new Probe(null, e.Failure);
        }
    }

    private async Task<(TransferSummary? Summary, Failure? Failure)> TransferAsync(uint? since, CancellationToken cancellation)
    {
        try
        {
            return (await _client.TransferAsync(_remote, Zone, since, new NoSink(), s_firstBlock, cancellation: cancellation).ConfigureAwait(false), null);
        }
        catch (DnsFailureException e)
        {
            return (null, e.Failure);
        }
    }

    private sealed record Probe(SoaAnswer? Answer, Failure? Failure);
}

/// <summary>What the check of one primary found.</summary>
/// <param name="Serial">Null where it gave none.</param>
internal sealed record PrimaryFindings(PrimaryNameServer Primary, uint? Serial, IReadOnlyList<HealthCheck> Checks);
