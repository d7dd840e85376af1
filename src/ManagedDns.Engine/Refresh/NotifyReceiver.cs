using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Answering;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Judges NOTIFY messages (RFC 1996): accepted when signed with a key of one of the zone's primaries, wherever it comes from, or when it comes from
/// the address of one or from a network that is listed beside them. What is not accepted is logged with the command that would change that.
/// </summary>
internal sealed class NotifyReceiver(ZoneRegister zones, Refresher refresher, TimeProvider time, ILogger logger) : INotifyHandler
{
    private readonly LogBudget _denied = new(60, time);
    private readonly LogBudget _taken = new(1000, time);

    public ResponseCode Take(Notification notification)
    {
        var (name, from, key) = (notification.Zone, notification.From, notification.Key);
        if (notification.Type != RecordType.SOA)
        {
            return ResponseCode.NotImp;
        }

        if (!zones.TryGet(name, out var zone))
        {
            return Deny(notification, ResponseCode.NotAuth, "the zone is not managed here", $"New-ManagedZone '{name.ToDisplayString()}'");
        }

        if (zone.IsFromFile)
        {
            return Deny(notification, ResponseCode.Refused, "the zone comes from a master file", "none: change the file");
        }

        if (!MayNotify(zone, from.Address, key))
        {
            var reason = key is null
                ? "the sender is no enabled primary of the zone and did not sign"
                : $"no enabled primary of the zone has the key '{key.Name.ToDisplayString()}'";
            var remedy = $"New-PrimaryNameServer -Address {from.Address.Unmapped()} -CommonSetting '{zone.Plan.Name}', then Enable-PrimaryNameServer; "
                + $"or have it signed with the key of a primary; or Set-CommonSetting '{zone.Plan.Name}' -NotifySender {from.Address.Unmapped()}";
            return Deny(notification, ResponseCode.Refused, reason, remedy);
        }

        if (_taken.TrySpend(out var suppressed))
        {
            logger.LogInformation(
                "Zone {Zone}: NOTIFY with serial {Serial} from {From} (key {Key}) ({Suppressed} more were not logged)",
                zone, notification.Serial, from, key?.Name.ToDisplayString() ?? "none", suppressed);
        }

        refresher.Notified(zone, notification.Serial, from.Address, key?.Name);
        return ResponseCode.NoError;
    }

    private static bool MayNotify(SecondaryZone zone, IPAddress from, TsigKey? key)
    {
        foreach (var primary in zone.Plan.Primaries)
        {
            if (primary.Remote.Key?.Accepts(key) == true || primary.Remote.EndPoint.Address.IsSameAs(from))
            {
                return true;
            }
        }

        return zone.Plan.NotifySenders.Any(network => network.Contains(from.Unmapped()));
    }

    private ResponseCode Deny(Notification notification, ResponseCode code, string reason, string remedy)
    {
        if (_denied.TrySpend(out var suppressed))
        {
            logger.LogWarning(
                "Zone {Zone}: NOTIFY from {From} denied with {Code}: {Reason}. To accept it: {Remedy}. ({Suppressed} more were not logged)",
                notification.Zone.ToDisplayString(), notification.From, code, reason, remedy, suppressed);
        }

        return code;
    }
}
