using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Dns.Tsig;
using ManagedDns.Examples;
using ManagedDns.Model;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Prints what to put on the primary of a zone so that we may transfer it and are told of changes: key, transfer permission and NOTIFY, with our
/// addresses. The text holds the key's secret.
/// </summary>
/// <example>
/// <code>Get-PrimaryConfigurationExample example.com -For Bind9</code>
/// Prints what to put into named.conf of the primary.
/// </example>
[Cmdlet(VerbsCommon.Get, "PrimaryConfigurationExample")]
[OutputType(typeof(string))]
public sealed class GetPrimaryConfigurationExampleCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>The primary's software.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public PrimarySoftware For { get; set; }

    /// <summary>The primary whose key is shown; without it the first one of the zone's common setting.</summary>
    [Parameter(Position = 2)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string? PrimaryNameServer { get; set; }

    protected override void ProcessItem()
    {
        var name = Names.Parse(Zone);
        var settings = View.Settings;
        var setting = Store.Zones.Find(name)?.CommonSettingId ?? Store.CommonSettings.GetDefault().Id;
        var primary = PrimaryNameServer is not null
            ? Store.Primaries.Get(PrimaryNameServer)
            : settings.Primaries.Where(p => p.CommonSettingId == setting).OrderBy(p => p.Priority).ThenBy(p => p.Id).FirstOrDefault();
        var running = RunningServer.Find(Store);
        var notify = ServiceAddresses.ToNotify(settings, running);
        WarnOf(primary, notify);
        var permit = ServiceAddresses.ToPermit(settings, running, primary is null ? settings.Primaries : [primary]);
        WriteObject(new PrimaryExample(name.ToDisplayString(), Key(primary), permit, notify).For(For));
    }

    /// <summary>During a rollover the key that is coming: what is printed is how the primary changes to it.</summary>
    private TsigKey? Key(PrimaryNameServer? primary) =>
        primary?.TsigKeyId is { } id && View.Settings.TsigKeys[id].Key is { } key ? key.Successor ?? key : null;

    private void WarnOf(PrimaryNameServer? primary, IPEndPoint[] notify)
    {
        if (primary is null)
        {
            WriteWarning("The zone's common setting has no primary yet, so the example is without a key. New-PrimaryNameServer registers one.");
        }
        else if (primary.TsigKeyId is null)
        {
            WriteWarning(
                $"'{primary.Name}' has no TSIG key, so the example permits by address alone. "
                + "New-TsigKey makes one; Set-PrimaryNameServer -TsigKey gives it to the primary.");
        }

        if (notify.Any(to => to.Port == 0))
        {
            WriteWarning(
                "The port is not known before the server has picked one. Start-SecondaryServer starts it; Set-SecondaryServer -Port sets one.");
        }
    }
}
