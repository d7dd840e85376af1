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
        var view = usable[0];
        DomainName[] inside = [.. view.NameServers.Where(host => host.IsSubdomainOf(Zone))];
        if (inside.Length == 0)
        {
            _list.NotApplicable(Checks.Glue, "No name server lies inside the zone, so no glue is needed.");
            return;
        }

        foreach (var host in inside)
        {
            var glue = view.Glue.Where(record => record.Owner == host).Select(record => new IPAddress(record.Rdata.Span)).ToArray();
            var known = subject.Settings.NameServers.FirstOrDefault(managed => managed.HostName == host)?.Addresses ?? [];
            if (glue.Length == 0)
            {
                _list.Failed(
                    Checks.Glue, $"{view.Server} gives no address of {host.ToDisplayString()}, which lies inside the zone.",
                    $"Register its addresses: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
                return;
            }

            if (!known.IsEmpty && (known.Except(glue).Any() || glue.Except(known).Any()))
            {
                _list.Failed(
                    Checks.Glue, $"{view.Server} gives {string.Join(", ", glue.Select(a => a.ToString()))} for {host.ToDisplayString()}, "
                        + $"which has {string.Join(", ", known.Select(a => a.ToString()))}.",
                    $"Correct its addresses at the registrar: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
                return;
            }
        }

        _list.Passed(Checks.Glue, $"The parent gives addresses of {List(inside)}.");
    }

    private void CheckDs(ParentView[] usable, IReadOnlyList<DnsKey>? keys)
    {
        var view = usable[0];
        var matching = keys is null ? 0 : view.DsRecords.Count(ds => keys.Any(key => key.Matches(Zone, ds.Rdata.Span)));
        if (keys is null)
        {
            _list.NotApplicable(Checks.Ds, $"The parent has {view.DsRecords.Count} DS records; the zone's own keys cannot be seen while it is not served.");
        }
        else if (keys.Count == 0 && view.DsRecords.Count == 0)
        {
            _list.NotApplicable(Checks.Ds, "Neither is the zone signed nor has the parent a DS record for it.");
        }
        else if (keys.Count == 0)
        {
            _list.Failed(
                Checks.Ds, $"The parent has a DS record for {subject.Name}, but the zone is not signed: validating resolvers answer SERVFAIL.",
                "Have the DS records removed at the registrar, or sign the zone.", FailureReason.Mismatch);
        }
        else if (view.DsRecords.Count == 0)
        {
            _list.Warning(
                Checks.Ds, $"{subject.Name} is signed, but the parent has no DS record for it: nobody validates it.",
                $"Hand the DS records to the registrar: Get-ZoneRegistration -Name {subject.Name} shows them.", FailureReason.Mismatch);
        }
        else if (matching == 0)
        {
            _list.Failed(
                Checks.Ds, $"None of the parent's DS records belongs to a key of {subject.Name}: validating resolvers answer SERVFAIL.",
                $"Correct them at the registrar: Get-ZoneRegistration -Name {subject.Name} shows those that belong there.", FailureReason.Mismatch);
        }
        else if (usable.FirstOrDefault(other => other.DsRecords.Count != view.DsRecords.Count) is { } late)
        {
            _list.Warning(
                Checks.Ds, $"{late.Server} has {late.DsRecords.Count} DS records, {view.Server} has {view.DsRecords.Count}.",
                "Wait until the servers of the parent zone have caught up.", FailureReason.Mismatch);
        }
        else
        {
            _list.Passed(Checks.Ds, $"{matching} of {view.DsRecords.Count} DS records at the parent belong to keys of the zone.");
        }
    }

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

    private static string List(IReadOnlyList<DomainName> names) => string.Join(", ", names.Select(name => name.ToDisplayString()));
}
