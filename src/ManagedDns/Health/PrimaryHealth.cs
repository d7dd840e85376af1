using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Health;

/// <summary>Checks one primary for one zone, with the server's own code: what is found here is what the server will find.</summary>
internal sealed class PrimaryHealth(ManagedZone zone, PrimaryNameServer primary, SettingsView view, ServerStatus? running)
{
    // TSIG allows 300 seconds (RFC 8945 §10); a clock that is off by a fifth of it deserves a look.
    private static readonly TimeSpan s_skewWorthAWarning = TimeSpan.FromSeconds(60);

    // One block of messages tells whether the transfer is permitted; the rest of a large zone is not fetched.
    private static readonly TransferLimits s_firstBlock = new() { MaxRecords = 1 };

    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly Remote _remote = Remotes.Of(primary, view.Settings);
    private readonly ZoneStatus? _status = view.StatusOf(zone.Id);
    private readonly List<HealthCheckResult> _results = [];

    public async Task<IReadOnlyList<HealthCheckResult>> RunAsync(CancellationToken cancellation)
    {
        CheckEnabled();
        if (OwnEndPoints.Check(primary.EndPoint, view.Settings.Server, running) is { } ourselves)
        {
            Add(Checks.OwnAddress, HealthCheckOutcome.Failed, ourselves);
            return _results;
        }

        // Side by side: a primary that is down takes one time-out, not three.
        var overUdp = AskAsync(DnsTransport.Udp, cancellation);
        var overTcp = AskAsync(DnsTransport.Tcp, cancellation);
        var transfer = TransferAsync(cancellation);
        var udp = await overUdp.ConfigureAwait(false);
        var tcp = await overTcp.ConfigureAwait(false);
        AddSoa(Checks.SoaOverUdp, udp);
        AddSoa(Checks.SoaOverTcp, tcp);
        CheckAuthority(udp, tcp);
        CheckTsig(udp, tcp);
        CheckTransfer(await transfer.ConfigureAwait(false));
        CheckSerial(udp.Answer ?? tcp.Answer);
        return _results;
    }

    private void CheckEnabled() => Add(
        Checks.Enabled,
        primary.Enabled ? HealthCheckOutcome.Passed : HealthCheckOutcome.Warning,
        primary.Enabled ? "The primary is enabled." : "The primary is disabled: zones are not transferred from it.",
        primary.Enabled ? null : $"Enable-PrimaryNameServer -Name '{primary.Name}'");

    private void AddSoa(string check, Probe probe)
    {
        if (probe.Answer is { } answer)
        {
            Add(check, HealthCheckOutcome.Passed, $"It answered in {answer.RoundTrip.TotalMilliseconds:0.0} ms: serial {answer.Serial}.");
        }
        else
        {
            Add(check, HealthCheckOutcome.Failed, probe.Failure!);
        }
    }

    private void CheckAuthority(Probe udp, Probe tcp)
    {
        if (new[] { udp, tcp }.FirstOrDefault(probe => probe.Failure?.Reason == FailureReason.NotAuthoritative) is { } without)
        {
            Add(Checks.Authoritative, HealthCheckOutcome.Failed, without.Failure!);
        }
        else if (udp.Answer is null && tcp.Answer is null)
        {
            Add(Checks.Authoritative, HealthCheckOutcome.NotApplicable, "It gave no SOA record.");
        }
        else
        {
            Add(Checks.Authoritative, HealthCheckOutcome.Passed, "It answers with authority.");
        }
    }

    private void CheckTsig(Probe udp, Probe tcp)
    {
        if (_remote.Key is null)
        {
            Add(
                Checks.Tsig,
                HealthCheckOutcome.NotApplicable,
                "The primary has no key, so nothing is signed.",
                "New-TsigKey makes one; Set-PrimaryNameServer -TsigKey gives it to the primary.");
        }
        else if ((udp.Answer ?? tcp.Answer) is { } answer)
        {
            var skew = answer.ClockSkew ?? TimeSpan.Zero;
            var far = skew.Duration() >= s_skewWorthAWarning;
            Add(
                Checks.Tsig,
                far ? HealthCheckOutcome.Warning : HealthCheckOutcome.Passed,
                $"It signs with '{view.KeyName(primary.TsigKeyId)}'; its clock is {skew.TotalSeconds:+0;-0;0} seconds from ours.",
                far ? "Set the clocks of this machine and of the primary by NTP before the difference reaches 300 seconds." : null);
        }
        else if (new[] { udp, tcp }.FirstOrDefault(probe => IsTsig(probe.Failure!.Reason)) is { } failed)
        {
            Add(Checks.Tsig, HealthCheckOutcome.Failed, failed.Failure!);
        }
        else
        {
            Add(Checks.Tsig, HealthCheckOutcome.NotApplicable, "It gave no answer whose signature could be verified.");
        }
    }

    private void CheckTransfer(Failure? failure)
    {
        if (failure is null or { Reason: FailureReason.TooLarge })
        {
            Add(Checks.Axfr, HealthCheckOutcome.Passed, "It lets us transfer the zone.");
        }
        else
        {
            Add(Checks.Axfr, HealthCheckOutcome.Failed, failure);
        }
    }

    private void CheckSerial(SoaAnswer? answer)
    {
        if (answer is null || _status?.PrimarySerial is not { } ours)
        {
            Add(Checks.Serial, HealthCheckOutcome.NotApplicable, answer is null ? "It gave no serial." : "Nothing has been transferred yet.");
        }
        else if (answer.Serial == ours)
        {
            Add(Checks.Serial, HealthCheckOutcome.Passed, $"Serial {ours}, as we have it.");
        }
        else if (((Serial)answer.Serial).IsNewerThan(ours))
        {
            Add(
                Checks.Serial, HealthCheckOutcome.Warning, $"Serial {answer.Serial}; we still have {ours}.",
                $"The next refresh brings it; at once: Start-ZoneTransfer -Zone {zone.Name.ToDisplayString()}.");
        }
        else
        {
            Add(
                Checks.Serial,
                HealthCheckOutcome.Failed,
                new Failure(
                    FailureReason.SerialRegressed, primary.EndPoint, $"Serial {answer.Serial} is older than ours, {ours} (RFC 1982): nothing is transferred.",
                    $"Raise the serial on the primary above {ours}, or accept it once: Start-ZoneTransfer -Zone {zone.Name.ToDisplayString()} -AcceptSerial."));
        }
    }

    private static bool IsTsig(FailureReason reason) =>
        reason is FailureReason.BadSignature or FailureReason.BadKey or FailureReason.BadTime or FailureReason.BadTruncation or FailureReason.NotSigned;

    private async Task<Probe> AskAsync(DnsTransport transport, CancellationToken cancellation)
    {
        try
        {
            return new Probe(
                await _client.QuerySoaAsync(_remote, zone.Name, new QueryOptions { Transport = transport }, cancellation).ConfigureAwait(false),
                null);
        }
        catch (DnsFailureException e)
        {
            return new Probe(null, e.Failure);
        }
    }

    private async Task<Failure?> TransferAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.TransferAsync(_remote, zone.Name, null, new NoSink(), s_firstBlock, cancellation: cancellation).ConfigureAwait(false);
            return null;
        }
        catch (DnsFailureException e)
        {
            return e.Failure;
        }
    }

    private void Add(string check, HealthCheckOutcome outcome, Failure failure) => Add(
        check, outcome, failure.Message, failure.Remedy, failure.Reason);

    private void Add(string check, HealthCheckOutcome outcome, string message, string? remedy = null, FailureReason reason = FailureReason.None) =>
        _results.Add(new HealthCheckResult
        {
            Zone = zone.Name.ToDisplayString(),
            PrimaryNameServer = primary.Name,
            Server = primary.EndPoint.ToString(),
            Check = check,
            Result = outcome,
            Reason = reason,
            Message = message,
            Remedy = remedy,
        });

    private sealed record Probe(SoaAnswer? Answer, Failure? Failure);
}
