using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Lookup;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>Checks what the servers of the parent zone say of a zone against what the zone says of itself: NS set, glue and DS set.</summary>
internal sealed class DelegationHealth(ZoneSubject subject, Resolver resolver)
{
    private readonly CheckList _list = new();

    private DomainName Zone => subject.Zone.Name;

    public async Task<IReadOnlyList<HealthCheck>> RunAsync(CancellationToken cancellation)
    {
        if (Zone.IsRoot)
        {
            _list.NotApplicable(Checks.Delegation, "The root zone has no parent.");
            return _list.Checks;
        }

        IReadOnlyList<ParentView> views;
        try
        {
            views = await resolver.GetParentViewsAsync(Zone, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e)
        {
            _list.Warning(
                Checks.Delegation, $"The parent of {subject.Name} could not be asked: {e.Failure.Message}",
                "Give a resolver that works with -Resolver, or root servers with -RootHint.", e.Failure.Reason);
            return _list.Checks;
        }

        ParentView[] usable = [.. views.Where(view => view.Failure is null && !view.IsFromChild)];
        if (usable.Length == 0)
        {
            var silent = views.FirstOrDefault(view => view.Failure is not null);
            _list.NotApplicable(
                Checks.Delegation, silent?.Failure!.Message ?? "The servers of the parent zone serve this zone too, so that its delegation cannot be seen.");
            return _list.Checks;
        }

        var server = OwnAnswers.Remote(subject.Running);
        CheckNameServers(usable, views, await ApexAsync(server, cancellation).ConfigureAwait(false));
        CheckGlue(usable);
        await CheckHostAddressesAsync(usable[0].NameServers, cancellation).ConfigureAwait(false);
        CheckDs(usable, await KeysAsync(server, cancellation).ConfigureAwait(false));
        return _list.Checks;
    }

    private void CheckNameServers(ParentView[] usable, IReadOnlyList<ParentView> views, IReadOnlyList<DomainName>? apex)
    {
        var first = usable[0];
        var ours = subject.Settings.NameServers.Select(host => host.HostName).ToArray();
        var atParent = $"{first.Parent.ToDisplayString()} delegates {subject.Name} to {List(first.NameServers)}";
        if (first.NameServers.Count == 0)
        {
            _list.Failed(
                Checks.Delegation, $"{first.Server} of {first.Parent.ToDisplayString()} knows no delegation of {subject.Name}.",
                $"Register it: Get-ZoneRegistration -Name {subject.Name} shows what to hand to the registrar.", FailureReason.NameError);
        }
        else if (usable.FirstOrDefault(view => !view.NameServers.SequenceEqual(first.NameServers)) is { } other)
        {
            _list.Warning(
                Checks.Delegation, $"{other.Server} says {List(other.NameServers)}, but {first.Server} says {List(first.NameServers)}.",
                "Wait until the servers of the parent zone have caught up; tell the parent's operator when they do not.", FailureReason.Mismatch);
        }
        else if (ours.Except(first.NameServers).ToArray() is { Length: > 0 } missing)
        {
            _list.Failed(
                Checks.Delegation, $"{atParent}: {List(missing)} is missing.",
                $"Have it added: Get-ZoneRegistration -Name {subject.Name} shows what to hand to the registrar.", FailureReason.Mismatch);
        }
        else if (apex is not null && !apex.Order().SequenceEqual(first.NameServers))
        {
            _list.Warning(
                Checks.Delegation, $"{atParent}; the zone's own NS records say {List([.. apex.Order()])}.",
                "Make the NS records at the apex on the primary and those at the parent the same.", FailureReason.Mismatch);
        }
        else if (views.FirstOrDefault(view => view.Failure is not null) is { } silent)
        {
            _list.Warning(
                Checks.Delegation, $"{atParent}; {silent.Server} could not be asked: {silent.Failure!.Message}", "Ask again later.", silent.Failure.Reason);
        }
        else
        {
            _list.Passed(Checks.Delegation, $"{atParent}; all {usable.Length} servers of the parent zone say so.");
        }
    }

    // A name server inside the zone is found by its glue alone (RFC 9471).
    private void CheckGlue(ParentView[] usable)
    {
        DomainName[] inside = [.. usable[0].NameServers.Where(host => host.IsSubdomainOf(Zone))];
        if (inside.Length == 0)
        {
            _list.NotApplicable(Checks.Glue, "No name server lies inside the zone, so no glue is needed.");
            return;
        }

        foreach (var (view, host) in usable.SelectMany(view => inside.Select(host => (view, host))))
        {
            var glue = view.Glue.Where(record => record.Owner == host).Select(record => new IPAddress(record.Rdata.Span)).ToArray();
            var known = AddressesOf(host);
            if (glue.Length == 0)
            {
                _list.Failed(
                    Checks.Glue, $"{view.Server} gives no address of {host.ToDisplayString()}, which lies inside the zone.",
                    $"Register its addresses: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
                return;
            }

            if (!known.IsEmpty && !glue.ToHashSet().SetEquals(known))
            {
                _list.Failed(
                    Checks.Glue, $"{view.Server} gives {List(glue)} for {host.ToDisplayString()}, which has {List(known)}.",
                    $"Correct its addresses at the registrar: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
                return;
            }
        }

        _list.Passed(Checks.Glue, $"All {usable.Length} servers of the parent zone give the addresses of {List(inside)}.");
    }

    /// <summary>
    /// Name servers outside the zone are found by looking them up: what the world then finds must be us, and never a primary that is hidden.
    /// </summary>
    private async Task CheckHostAddressesAsync(IReadOnlyList<DomainName> delegated, CancellationToken cancellation)
    {
        var found = await Task.WhenAll(delegated.Where(host => !host.IsSubdomainOf(Zone)).Select(async host => (
            Host: host,
            Addresses: await OrNothing(() => resolver.LookupAddressesAsync(host, cancellation)).ConfigureAwait(false)))).ConfigureAwait(false);
        var hidden = subject.Zone.HiddenPrimary ? subject.Primaries.Select(primary => primary.Address).ToHashSet() : [];
        if (found.Length == 0)
        {
            _list.NotApplicable(Checks.HostAddresses, "All name servers lie inside the zone: their addresses are its own and the glue.");
        }
        else if (found.FirstOrDefault(one => one.Addresses?.Any(hidden.Contains) == true) is { Host: { } exposing } exposed)
        {
            _list.Failed(
                Checks.HostAddresses, $"The primary is to be hidden, but {exposing.ToDisplayString()} has its address, {exposed.Addresses!.First(hidden.Contains)}.",
                "Give that name the address of a managed name server where its own zone is kept.", FailureReason.PrimaryExposed);
        }
        else if (found.FirstOrDefault(one => one.Addresses is not { Count: > 0 }) is { Host: { } lost })
        {
            _list.Warning(
                Checks.HostAddresses, $"{lost.ToDisplayString()} has no address that could be found.",
                "See to its address records where its own zone is kept.", FailureReason.NameError);
        }
        else if (found.FirstOrDefault(one => AddressesOf(one.Host) is { IsEmpty: false } known && !known.ToHashSet().SetEquals(one.Addresses!)) is { Host: { } other } differs)
        {
            _list.Warning(
                Checks.HostAddresses, $"{other.ToDisplayString()} has {List([.. differs.Addresses!])}, but is said to have {List(AddressesOf(other))}.",
                $"Correct its address records, or what is said here: Set-ManagedNameServer -Name {other.ToDisplayString()} -Address.", FailureReason.Mismatch);
        }
        else
        {
            _list.Passed(Checks.HostAddresses, $"{List([.. found.Select(one => one.Host)])} have the addresses that they are said to have.");
        }
    }

    private void CheckDs(ParentView[] usable, IReadOnlyList<DnsKey>? keys)
    {
        var view = usable[0];
        int Matching(ParentView one) => one.DsRecords.Count(ds => keys!.Any(key => key.Matches(Zone, ds.Rdata.Span)));
        if (keys is null)
        {
            _list.NotApplicable(
                Checks.Ds, $"The parent has {view.DsRecords.Count} DS records; the zone's own keys cannot be seen while it is not served.");
        }
        else if (keys.Count == 0 && usable.All(one => one.DsRecords.Count == 0))
        {
            _list.NotApplicable(Checks.Ds, "Neither is the zone signed nor has the parent a DS record for it.");
        }
        else if (keys.Count == 0)
        {
            _list.Failed(
                Checks.Ds, $"The parent has a DS record for {subject.Name}, but the zone is not signed: validating resolvers answer SERVFAIL.",
                "Have the DS records removed at the registrar, or sign the zone.", FailureReason.Mismatch);
        }
        else if (usable.All(one => one.DsRecords.Count == 0))
        {
            _list.Warning(
                Checks.Ds, $"{subject.Name} is signed, but the parent has no DS record for it: nobody validates it.",
                $"Hand the DS records to the registrar: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
        }
        else if (usable.FirstOrDefault(one => one.DsRecords.Count > 0 && Matching(one) == 0) is { } wrong)
        {
            _list.Failed(
                Checks.Ds, $"None of the DS records at {wrong.Server} belongs to a key of {subject.Name}: validating resolvers answer SERVFAIL.",
                $"Correct them at the registrar: Get-ZoneRegistration -Name {subject.Name} shows those that belong there.", FailureReason.Mismatch);
        }
        else if (usable.FirstOrDefault(other => !Digests(other).SetEquals(Digests(view))) is { } late)
        {
            _list.Warning(
                Checks.Ds, $"{late.Server} has {late.DsRecords.Count} DS records, {view.Server} has {view.DsRecords.Count}, and they are not the same.",
                "Wait until the servers of the parent zone have caught up.", FailureReason.Mismatch);
        }
        else
        {
            _list.Passed(Checks.Ds, $"{Matching(view)} of {view.DsRecords.Count} DS records at the parent belong to keys of the zone.");
        }
    }

    private static HashSet<string> Digests(ParentView view) => [.. view.DsRecords.Select(ds => Convert.ToHexString(ds.Rdata.Span))];

    private ImmutableArray<IPAddress> AddressesOf(DomainName host) =>
        subject.Settings.NameServers.FirstOrDefault(managed => managed.HostName == host)?.Addresses ?? [];

    private async Task<IReadOnlyList<DomainName>?> ApexAsync(Remote? server, CancellationToken cancellation) =>
        server is null ? null : await OrNothing(() => OwnAnswers.NameServersAsync(server, Zone, cancellation)).ConfigureAwait(false);

    private async Task<IReadOnlyList<DnsKey>?> KeysAsync(Remote? server, CancellationToken cancellation) =>
        server is null || subject.Status?.PublishedSerial is null
            ? null
            : await OrNothing(() => DelegationKeys.KeysAsync(server, Zone, cancellation)).ConfigureAwait(false);

    // Whether we answer is another check's business.
    private static async Task<T?> OrNothing<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (DnsFailureException)
        {
            return null;
        }
    }

    private static string List(IReadOnlyList<IPAddress> addresses) => string.Join(", ", addresses.Select(address => address.ToString()));

    private static string List(IReadOnlyList<DomainName> names) => string.Join(", ", names.Select(name => name.ToDisplayString()));
}
