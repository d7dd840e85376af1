using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Shows what to hand to the registrar of a zone: the host names and addresses of this service and, where the zone is signed, its DS records;
/// as properties, and as text to paste.
/// </summary>
/// <example>
/// <code>(Get-ZoneRegistration example.com).Text</code>
/// Prints the records to hand to the registrar.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneRegistration")]
[OutputType(typeof(ZoneRegistrationInfo))]
public sealed class GetZoneRegistrationCommand : NamedZonesCmdlet
{
    protected override void ProcessItem() => WriteMatching(
        Name, View.Settings.Zones, zone => zone.Name.ToDisplayString(), name => Store.Zones.Get(Names.Parse(name)), Show);

    private ZoneRegistrationInfo Show(ManagedZone zone)
    {
        if (View.Settings.NameServers.IsEmpty)
        {
            WriteWarning("No managed name server is set: New-ManagedNameServer adds the host names of this service.");
        }

        return ZoneRegistrationInfo.Of(zone.Name, View.Settings.NameServers, DsRecords(zone));
    }

    private IReadOnlyList<ResourceRecord> DsRecords(ManagedZone zone)
    {
        var status = Store.Status.Signings().GetValueOrDefault(zone.Id);
        return Store.ZoneSignings.Find(zone.Id) is { } signing && status?.State != SigningState.AlreadySigned
            ? DsRecords(zone, signing, status)
            : DsRecordsShown(zone);
    }

    /// <summary>Of a zone that is signed here those that belong there now: in a rollover the zone shows other keys too.</summary>
    private IReadOnlyList<ResourceRecord> DsRecords(ManagedZone zone, ZoneSigning signing, SigningStatus? status)
    {
        var keys = SigningView.ForParent(Store.ZoneKeys.Public(zone.Id), signing);
        if (keys.Count == 0)
        {
            WriteWarning(SigningView.WhyNoDs(zone.Name.ToDisplayString(), signing, status).Message);
        }

        return DelegationKeys.DsRecords(zone.Name, keys);
    }

    private IReadOnlyList<ResourceRecord> DsRecordsShown(ManagedZone zone)
    {
        if (OwnAnswers.Remote(RunningServer.Find(Store)) is not { } server)
        {
            WriteWarning("No server runs on this store, so whether the zone is signed is not known. Start-SecondaryServer starts it.");
            return [];
        }

        try
        {
            return Await(cancellation => DelegationKeys.DsRecordsAsync(server, zone.Name, cancellation));
        }
        catch (DnsFailureException e)
        {
            WriteWarning($"Whether {zone.Name.ToDisplayString()} is signed is not known: {e.Message}");
            return [];
        }
    }
}
