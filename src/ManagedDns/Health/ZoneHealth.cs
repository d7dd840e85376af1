using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Health;

/// <summary>Checks a zone's own state at our server: whether it is transferred, served, and for how long.</summary>
internal sealed class ZoneHealth(ManagedZone zone, SettingsView view, ServerStatus? running)
{
    private readonly List<HealthCheckResult> _results = [];
    private readonly ZoneStatus? _status = view.StatusOf(zone.Id);

    private string Name => zone.Name.ToDisplayString();

    public async Task<IReadOnlyList<HealthCheckResult>> RunAsync(CancellationToken cancellation)
    {
        CheckServer();
        CheckProxy();
        CheckState();
        CheckExpiry(DateTimeOffset.UtcNow);
        var server = OwnAnswers.Remote(running);
        await CheckAnswerAsync(server, cancellation).ConfigureAwait(false);
        await CheckNameServersAsync(server, cancellation).ConfigureAwait(false);
        return _results;
    }

    private void CheckServer()
    {
        if (running is null)
        {
            Add(Checks.Server, HealthCheckOutcome.Failed, "No server runs on this store.", "Start-SecondaryServer");
        }
        else
        {
            Add(
                Checks.Server,
                HealthCheckOutcome.Passed,
                $"The server runs as process {running.ProcessId} on {string.Join(", ", running.EndPoints)}.");
        }
    }

    private void CheckProxy()
    {
        if (zone.ZoneFile is not null)
        {
            Add(Checks.Proxy, HealthCheckOutcome.NotApplicable, $"The zone comes from the master file '{zone.ZoneFile}'.");
        }
        else if (zone.ProxyEnabled)
        {
            Add(Checks.Proxy, HealthCheckOutcome.Passed, "The zone is transferred from its primaries.");
        }
        else
        {
            Add(
                Checks.Proxy,
                HealthCheckOutcome.Warning,
                "The zone is not transferred: it keeps what it last had.",
                $"Enable-ZoneProxy -Name {Name}");
        }
    }

    private void CheckState()
    {
        if (_status is null)
        {
            Add(
                Checks.State,
                HealthCheckOutcome.Warning,
                "The server has not reported the zone yet.",
                running is null ? "Start-SecondaryServer" : null);
            return;
        }

        var outcome = (_status.State, _status.LastFailure) switch
        {
            (ZoneState.Expired or ZoneState.Failed or ZoneState.SerialRegressed, _) => HealthCheckOutcome.Failed,
            (_, not null) => _status.PublishedSerial is null ? HealthCheckOutcome.Failed : HealthCheckOutcome.Warning,
            _ => HealthCheckOutcome.Passed,
        };
        var what = _status.PublishedSerial is { } serial ? $"{_status.State}, serial {serial} is served." : $"{_status.State}, nothing is served.";
        Add(
            Checks.State, outcome, _status.LastFailure is { } failure ? $"{what} {failure.Message}" : what, _status.LastFailure?.Remedy,
            _status.LastFailure?.Reason ?? FailureReason.None);
    }

    private void CheckExpiry(DateTimeOffset now)
    {
        if (_status is not { ExpiresAt: { } expires, LastSuccess: { } success })
        {
            Add(
                Checks.Expiry,
                HealthCheckOutcome.NotApplicable,
                zone.ZoneFile is null ? "Nothing has been transferred yet." : "A zone from a master file does not expire.");
        }
        else if (expires <= now)
        {
            Add(
                Checks.Expiry, HealthCheckOutcome.Failed, $"The zone expired at {expires.UtcDateTime:u}: no primary has confirmed it since {success.UtcDateTime:u}.",
                "Bring a primary back; the checks of the primaries say what is wrong.", FailureReason.Expired);
        }
        else
        {
            // Half the time to EXPIRE without a word from any primary is far past REFRESH and RETRY.
            var late = now - success > (expires - success) / 2;
            Add(
                Checks.Expiry,
                late ? HealthCheckOutcome.Warning : HealthCheckOutcome.Passed,
                $"It expires at {expires.UtcDateTime:u} unless a primary confirms it before; the last one did at {success.UtcDateTime:u}.",
                late ? "Bring a primary back; the checks of the primaries say what is wrong." : null);
        }
    }

    private async Task CheckAnswerAsync(Remote? server, CancellationToken cancellation)
    {
        if (server is null)
        {
            Add(Checks.Answer, HealthCheckOutcome.NotApplicable, "No server runs that could answer.");
            return;
        }

        try
        {
            var answer = await OwnAnswers.SoaAsync(server, zone.Name, cancellation).ConfigureAwait(false);
            Add(Checks.Answer, HealthCheckOutcome.Passed, $"{server.EndPoint} answers with authority: serial {answer.Serial}.");
        }
        catch (DnsFailureException e)
        {
            Add(
                Checks.Answer,
                HealthCheckOutcome.Failed,
                e.Failure.Message,
                $"Get-ZoneProxy -Name {Name} shows why the zone is not served.",
                e.Failure.Reason);
        }
    }

    private async Task CheckNameServersAsync(Remote? server, CancellationToken cancellation)
    {
        if (view.Settings.NameServers.IsEmpty || server is null || _status?.PublishedSerial is null)
        {
            Add(
                Checks.NameServers, HealthCheckOutcome.NotApplicable,
                view.Settings.NameServers.IsEmpty ? "No managed name server is set." : "The zone is not served yet.",
                view.Settings.NameServers.IsEmpty ? "New-ManagedNameServer adds the host names of this service." : null);
            return;
        }

        try
        {
            var listed = await OwnAnswers.NameServersAsync(server, zone.Name, cancellation).ConfigureAwait(false);
            var ours = view.Settings.NameServers.Select(host => host.HostName).ToArray();
            Compare([.. ours.Except(listed)], zone.HiddenPrimary ? [.. listed.Except(ours)] : []);
        }
        catch (DnsFailureException e)
        {
            Add(Checks.NameServers, HealthCheckOutcome.NotApplicable, e.Failure.Message, null, e.Failure.Reason);
        }
    }

    private void Compare(DomainName[] missing, DomainName[] foreign)
    {
        static string List(DomainName[] names) => string.Join(", ", names.Select(name => name.ToDisplayString()));
        if (foreign.Length > 0)
        {
            Add(
                Checks.NameServers, HealthCheckOutcome.Failed, $"The primary is to be hidden, but the NS records list {List(foreign)}, which we do not manage.",
                "Remove them from the NS records at the apex on the primary, or add them with New-ManagedNameServer.");
        }
        else if (missing.Length > 0)
        {
            Add(
                Checks.NameServers, HealthCheckOutcome.Warning, $"The NS records at the apex do not list {List(missing)}.",
                "Add them to the NS records at the apex on the primary, and to the delegation at the parent.");
        }
        else
        {
            Add(Checks.NameServers, HealthCheckOutcome.Passed, "The NS records at the apex list every managed name server.");
        }
    }

    private void Add(string check, HealthCheckOutcome outcome, string message, string? remedy = null, FailureReason reason = FailureReason.None) =>
        _results.Add(new HealthCheckResult { Zone = Name, Check = check, Result = outcome, Reason = reason, Message = message, Remedy = remedy });
}
