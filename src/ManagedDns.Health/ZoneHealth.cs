using System.Globalization;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>
/// Checks a zone's own state at our server: whether it is transferred, served, by whom it says that it is served, and for how long.
/// </summary>
internal sealed class ZoneHealth(ZoneSubject subject, TimeProvider time)
{
    private readonly CheckList _list = new();

    private ManagedZone Zone => subject.Zone;

    private ZoneStatus? Status => subject.Status;

    public async Task<IReadOnlyList<HealthCheck>> RunAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        CheckServer();
        CheckProxy();
        CheckState();
        CheckExpiry(now);
        var server = OwnAnswers.Remote(subject.Running);
        var soa = await CheckAnswerAsync(server, cancellation).ConfigureAwait(false);
        var listed = await CheckNameServersAsync(server, cancellation).ConfigureAwait(false);
        await CheckHiddenPrimaryAsync(server, listed, cancellation).ConfigureAwait(false);
        CheckPrimaryName(soa, listed);
        CheckSignatures(soa, now);
        return _list.Checks;
    }

    private void CheckServer()
    {
        if (subject.Running is { } running)
        {
            _list.Passed(Checks.Server, $"The server runs as process {running.ProcessId} on {string.Join(", ", running.EndPoints)}.");
        }
        else
        {
            _list.Failed(Checks.Server, "No server runs on this store.", "Start-SecondaryServer", FailureReason.NotLoaded);
        }
    }

    private void CheckProxy()
    {
        if (Zone.ZoneFile is not null)
        {
            _list.NotApplicable(Checks.Proxy, $"The zone comes from the master file '{Zone.ZoneFile}'.");
        }
        else if (subject.IsMadeHere)
        {
            _list.NotApplicable(Checks.Proxy, "The zone is a catalog that is made here of our own zones.");
        }
        else if (Zone.ProxyEnabled)
        {
            _list.Passed(Checks.Proxy, "The zone is transferred from its primaries.");
        }
        else
        {
            _list.Warning(
                Checks.Proxy, "The zone is not transferred: it keeps what it last had.", $"Enable-ZoneProxy -Name {subject.Name}",
                FailureReason.TurnedOff);
        }
    }

    private void CheckState()
    {
        if (Status is null)
        {
            _list.Warning(
                Checks.State, "The server has not reported the zone yet.",
                subject.Running is null ? "Start-SecondaryServer" : "Ask again in a moment; Get-SecondaryServer shows whether all settings are applied.",
                FailureReason.NotLoaded);
            return;
        }

        var served = Status.PublishedSerial is { } serial ? $"{Status.State}, serial {serial} is served." : $"{Status.State}, nothing is served.";
        if (Status.LastFailure is { } failure)
        {
            var isServed = Status.PublishedSerial is not null && Status.State is not (ZoneState.Expired or ZoneState.Failed or ZoneState.SerialRegressed);
            if (isServed)
            {
                _list.Warning(Checks.State, $"{served} {failure.Message}", failure.Remedy, failure.Reason);
            }
            else
            {
                _list.Failed(Checks.State, $"{served} {failure.Message}", failure.Remedy, failure.Reason);
            }
        }
        else if (Status.State is ZoneState.Expired)
        {
            _list.Failed(Checks.State, served, "Bring a primary back; the checks of the primaries say what is wrong.", FailureReason.Expired);
        }
        else
        {
            _list.Passed(Checks.State, served);
        }
    }

    private void CheckExpiry(DateTimeOffset now)
    {
        const string Remedy = "Bring a primary back; the checks of the primaries say what is wrong.";
        if (Status is not { ExpiresAt: { } expires, LastSuccess: { } success })
        {
            _list.NotApplicable(
                Checks.Expiry,
                Zone.ZoneFile is not null ? "A zone from a master file does not expire."
                : subject.IsMadeHere ? "A catalog that is made here does not expire."
                : "Nothing has been transferred yet.");
        }
        else if (expires <= now)
        {
            _list.Failed(
                Checks.Expiry, $"The zone expired at {expires.UtcDateTime:u}: no primary has confirmed it since {success.UtcDateTime:u}.", Remedy,
                FailureReason.Expired);
        }
        else
        {
            // Half the time to EXPIRE without a word from any primary is far past REFRESH and RETRY.
            var text = $"It expires at {expires.UtcDateTime:u} unless a primary confirms it before; the last one did at {success.UtcDateTime:u}.";
            if (now - success > (expires - success) / 2)
            {
                _list.Warning(Checks.Expiry, text, Remedy, FailureReason.ExpiresSoon);
            }
            else
            {
                _list.Passed(Checks.Expiry, text);
            }
        }
    }

    private async Task<SoaAnswer?> CheckAnswerAsync(Remote? server, CancellationToken cancellation)
    {
        if (server is null)
        {
            _list.NotApplicable(Checks.Answer, "No server runs that could answer.");
            return null;
        }

        try
        {
            var answer = await OwnAnswers.SoaAsync(server, Zone.Name, cancellation).ConfigureAwait(false);
            _list.Passed(Checks.Answer, $"{server.EndPoint} answers with authority: serial {answer.Serial}.");
            return answer;
        }
        catch (DnsFailureException e)
        {
            _list.Failed(Checks.Answer, e.Failure.Message, $"Get-ZoneProxy -Name {subject.Name} shows why the zone is not served.", e.Failure.Reason);
            return null;
        }
    }

    /// <returns>The apex NS set; null where it cannot be seen.</returns>
    private async Task<IReadOnlyList<DomainName>?> CheckNameServersAsync(Remote? server, CancellationToken cancellation)
    {
        if (subject.IsCatalog)
        {
            // RFC 9432 §4.1: its NS record is "invalid.", for nothing is delegated to it.
            _list.NotApplicable(Checks.NameServers, "The zone is a catalog: the world is not delegated to it.");
            return null;
        }

        if (server is null || Status?.PublishedSerial is null)
        {
            _list.NotApplicable(Checks.NameServers, "The zone is not served yet.");
            return null;
        }

        IReadOnlyList<DomainName> listed;
        try
        {
            listed = await OwnAnswers.NameServersAsync(server, Zone.Name, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e)
        {
            _list.NotApplicable(Checks.NameServers, e.Failure.Message, e.Failure.Remedy);
            return null;
        }

        DomainName[] missing = [.. Ours().Except(listed)];
        if (subject.Settings.NameServers.IsEmpty)
        {
            _list.NotApplicable(Checks.NameServers, "No managed name server is set.", "New-ManagedNameServer adds the host names of this service.");
        }
        else if (missing.Length > 0)
        {
            _list.Warning(
                Checks.NameServers, $"The NS records at the apex do not list {List(missing)}.",
                "Add them to the NS records at the apex on the primary, and to the delegation at the parent.", FailureReason.Mismatch);
        }
        else
        {
            _list.Passed(Checks.NameServers, "The NS records at the apex list every managed name server.");
        }

        return listed;
    }

    private async Task CheckHiddenPrimaryAsync(Remote? server, IReadOnlyList<DomainName>? listed, CancellationToken cancellation)
    {
        if (!Zone.HiddenPrimary)
        {
            _list.NotApplicable(Checks.HiddenPrimary, "The primary is not said to be hidden.");
            return;
        }

        if (listed is null || subject.Settings.NameServers.IsEmpty)
        {
            _list.NotApplicable(Checks.HiddenPrimary, "The zone's NS records and the managed name servers must be known for this.");
            return;
        }

        // Who signs the zone with keys of their own answers for it too (RFC 8901).
        DomainName[] foreign = [.. listed.Except(Ours())];
        var hasSigners = subject.Settings.ZoneSignings.GetValueOrDefault(Zone.Id) is { ForeignKeys.IsEmpty: false };
        if (foreign.Length > 0 && !hasSigners)
        {
            _list.Failed(
                Checks.HiddenPrimary, $"The primary is to be hidden, but the NS records list {List(foreign)}, which we do not manage.",
                "Remove them from the NS records at the apex on the primary, or add them with New-ManagedNameServer.", FailureReason.PrimaryExposed);
            return;
        }

        var primaries = subject.Primaries.Select(primary => primary.Address).ToHashSet();
        foreach (var host in listed)
        {
            if ((await AddressesAsync(server!, host, cancellation).ConfigureAwait(false)).FirstOrDefault(primaries.Contains) is { } exposed)
            {
                _list.Failed(
                    Checks.HiddenPrimary, $"The primary is to be hidden, but {host.ToDisplayString()} in the NS records has its address, {exposed}.",
                    "Give that name the address of a managed name server, on the primary.", FailureReason.PrimaryExposed);
                return;
            }
        }

        var others = foreign.Length > 0 ? $"and {List(foreign)}, of the zone's other signers" : "only";
        _list.Passed(Checks.HiddenPrimary, $"The NS records list managed name servers {others}, and none has the address of a primary.");
    }

    private void CheckPrimaryName(SoaAnswer? soa, IReadOnlyList<DomainName>? listed)
    {
        if (soa is null || listed is null)
        {
            _list.NotApplicable(
                Checks.PrimaryName,
                subject.IsCatalog ? "The zone is a catalog: the world is not delegated to it." : "The zone's SOA and NS records must be seen for this.");
            return;
        }

        var rdata = soa.Record.Rdata.Span;
        var name = DomainName.FromWire(rdata[..WireName.Length(rdata)]);
        if (listed.Contains(name))
        {
            _list.Passed(Checks.PrimaryName, $"MNAME of the SOA record is {name.ToDisplayString()}, one of the name servers.");
        }
        else if (Zone.HiddenPrimary)
        {
            _list.Warning(
                Checks.PrimaryName, $"MNAME of the SOA record is {name.ToDisplayString()}: it tells the world of a server that is to be hidden.",
                "Set MNAME on the primary to a managed name server, and have it notify us explicitly (BIND: also-notify).",
                FailureReason.PrimaryExposed);
        }
        else
        {
            _list.Passed(Checks.PrimaryName, $"MNAME of the SOA record is {name.ToDisplayString()}, which is not in the NS records.");
        }
    }

    // What we cannot refresh we may serve until SOA EXPIRE: signatures that end before make the zone bogus while we still serve it.
    private void CheckSignatures(SoaAnswer? soa, DateTimeOffset now)
    {
        if (subject.Signatures is null || soa is null)
        {
            _list.NotApplicable(Checks.Signatures, "The zone is not served yet.");
            return;
        }

        if (subject.Signatures() is not { } horizon)
        {
            _list.NotApplicable(Checks.Signatures, "The zone is not signed.");
            return;
        }

        const string Remedy = "Have whoever signs the zone renew its signatures earlier, longer before they end than SOA EXPIRE is.";
        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"the first of {horizon.Count} signatures, {horizon.Covered} of {horizon.Owner.ToDisplayString()}, ends at {horizon.Expires.UtcDateTime:u}");
        if (horizon.Expires <= now)
        {
            _list.Failed(Checks.Signatures, $"Signatures have ended: {what}.", Remedy, FailureReason.Expired);
        }
        else if (horizon.Expires - now < TimeSpan.FromSeconds(soa.Soa.Expire))
        {
            _list.Warning(
                Checks.Signatures, $"Signatures may end before the zone does (SOA EXPIRE {soa.Soa.Expire} s): {what}.", Remedy,
                FailureReason.ExpiresSoon);
        }
        else
        {
            _list.Passed(Checks.Signatures, $"Signatures outlive SOA EXPIRE: {what}.");
        }
    }

    // A host outside our zones needs a resolver; without one its addresses stay unknown.
    private async Task<IReadOnlyList<IPAddress>> AddressesAsync(Remote server, DomainName host, CancellationToken cancellation)
    {
        try
        {
            var known = subject.Settings.NameServers.FirstOrDefault(managed => managed.HostName == host)?.Addresses ?? [];
            return [.. known, .. await OwnAnswers.AddressesAsync(server, host, cancellation).ConfigureAwait(false)];
        }
        catch (DnsFailureException)
        {
            return [];
        }
    }

    private IEnumerable<DomainName> Ours() => subject.Settings.NameServers.Select(host => host.HostName);

    private static string List(DomainName[] names) => string.Join(", ", names.Select(name => name.ToDisplayString()));
}
