using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Plans;

namespace ManagedDns.Engine.Refresh;

/// <summary>Words the failures of a refresh that are nobody else's: what happened, and what the operator can do.</summary>
internal static class RefreshFailures
{
    public static Failure NoPrimary(SecondaryZone zone) => new(
        FailureReason.NoPrimary,
        null,
        $"The common setting '{zone.Plan.Name}' of {zone} has no enabled primary name server.",
        $"Register one with New-PrimaryNameServer -CommonSetting '{zone.Plan.Name}' and enable it with Enable-PrimaryNameServer.");

    public static Failure OwnAddress(PrimaryPlan primary) => new(
        FailureReason.OwnAddress,
        primary.Remote.EndPoint,
        $"The primary '{primary.Name}' has an address on which this server itself listens.",
        $"Give the primary's own address with Set-PrimaryNameServer '{primary.Name}' -Address, or listen on other addresses with Set-SecondaryServer.");

    public static Failure SerialRegressed(DomainName zone, IPEndPoint primary, uint theirs, uint ours)
    {
        var apart = unchecked(ours - theirs) == 0x8000_0000 ? "neither newer nor older than" : "older than";
        return new(
            FailureReason.SerialRegressed,
            primary,
            $"{primary} has serial {theirs} of {zone.ToDisplayString()}, which is {apart} our {ours} (RFC 1982).",
            $"Raise the serial on the primary above {ours}, or take its zone once as it is with Start-ZoneTransfer '{zone.ToDisplayString()}' -AcceptSerial.");
    }

    public static Failure Internal(IPEndPoint primary, Exception exception) => new(
        FailureReason.Internal, primary, $"The transfer ended with an internal error: {exception.Message}", "Look into the log for the details and report them.");
}
