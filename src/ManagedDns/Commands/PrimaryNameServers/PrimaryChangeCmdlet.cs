using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// What the cmdlets share that may enable a primary: it is asked first, and a bad answer is a warning, because the operator decides.
/// </summary>
public abstract class PrimaryChangeCmdlet : ChangeCmdlet
{
    /// <summary>Asks the primary for one zone that it is to deliver.</summary>
    private protected void WarnUnlessItAnswers(PrimaryNameServer primary)
    {
        if (OwnEndPoints.Check(primary.EndPoint, View.Settings.Server, RunningServer.Find(Store)) is { } ourselves)
        {
            Warn(primary, ourselves);
            return;
        }

        if (View.ZonesOf(primary.CommonSettingId).FirstOrDefault(zone => zone.ZoneFile is null) is not { } zone)
        {
            WriteVerbose($"No zone uses '{primary.Name}' yet, so it was not asked for one.");
            return;
        }

        var remote = Remotes.Of(primary, View.Settings);
        try
        {
            var answer = Await(cancellation => new DnsClient(TimeProvider.System).QuerySoaAsync(remote, zone.Name, cancellation: cancellation));
            WriteVerbose($"'{primary.Name}' ({remote.EndPoint}) has {zone.Name.ToDisplayString()} with serial {answer.Serial}.");
        }
        catch (DnsFailureException e)
        {
            Warn(primary, e.Failure);
        }
    }

    private void Warn(PrimaryNameServer primary, Failure failure) =>
        WriteWarning($"'{primary.Name}' is enabled all the same: {failure.Message} {failure.Remedy}");
}
