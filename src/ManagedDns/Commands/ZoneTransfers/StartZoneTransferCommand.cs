using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Has the running server ask a zone's primaries now, or read its master file again.</summary>
/// <example>
/// <code>Start-ZoneTransfer example.com -Wait</code>
/// Asks the primaries now and waits for what comes of it.
/// </example>
/// <example>
/// <code>Start-ZoneTransfer example.com -Full -Wait</code>
/// Transfers the whole zone although its serial is the same.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "ZoneTransfer", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class StartZoneTransferCommand : ManagedDnsCmdlet
{
    private const int ProgressId = 2;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Zone { get; set; } = [];

    /// <summary>Takes the whole zone (AXFR) whatever its serial.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>Takes the primary's zone once although its serial is older than ours.</summary>
    [Parameter]
    public SwitchParameter AcceptSerial { get; set; }

    /// <summary>Does not ask before an older serial is taken.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns when it is done, with how the zone stands then.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Seconds to wait for each zone.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    [Number]
    public int Timeout { get; set; } = 60;

    protected override void ProcessItem()
    {
        foreach (var text in Zone)
        {
            Try(text, () => Begin(Store.Zones.Get(Names.Parse(text))));
        }
    }

    private void Begin(ManagedZone zone)
    {
        var name = zone.Name.ToDisplayString();
        if (!ShouldProcess($"Zone '{name}'{(Full ? ", whole" : "")}{(AcceptSerial ? ", even with an older serial" : "")}", "Start transfer"))
        {
            return;
        }

        if (AcceptSerial && !Force && !ShouldContinue(
            $"Secondaries of '{name}' that follow us will see its serial go back, and may stop following. Go on?", "An older serial"))
        {
            return;
        }

        if (RunningServer.Find(Store) is null)
        {
            throw NotRunning("No server runs on this store that could transfer zones.");
        }

        var kind = AcceptSerial ? RequestKind.AcceptSerial : zone.ZoneFile is null ? RequestKind.TransferZone : RequestKind.ReloadZoneFile;
        var request = Store.Requests.Add(kind, zone.Id, Full);
        if (Wait)
        {
            WaitFor(zone, request);
        }
    }

    private void WaitFor(ManagedZone zone, Request request)
    {
        var name = zone.Name.ToDisplayString();
        var started = Stopwatch.GetTimestamp();
        var status = Status(zone);
        while (Store.Requests.IsPending(request.Id) || !IsDone(zone, status, request.Created))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(Timeout))
            {
                WriteError(Errors.Record(
                    new TimeoutException(), "WaitTimeout", ErrorCategory.OperationTimeout, name,
                    $"The transfer of '{name}' was not done within {Timeout} seconds.",
                    "It goes on: Get-ZoneProxy shows how it stands. -Timeout waits longer."));
                return;
            }

            if (RunningServer.Find(Store) is null)
            {
                throw NotRunning($"The server has ended before the transfer of '{name}' was done.");
            }

            var state = status?.State.ToString() ?? "Waiting for the server";
            WriteProgress(new ProgressRecord(ProgressId, $"Transferring {name}", status?.Transfer is { } coming ? $"{state}: {NextStep.Coming(coming)}" : state));
            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
            status = Status(zone);
        }

        WriteProgress(new ProgressRecord(ProgressId, $"Transferring {name}", "Done") { RecordType = ProgressRecordType.Completed });
        if (status!.LastFailure is { } failure)
        {
            throw new DnsFailureException(failure);
        }

        Refresh();
        WriteObject(View.ShowProxy(zone));
    }

    private static ServerException NotRunning(string message) =>
        new("NotRunning", ErrorCategory.ResourceUnavailable, message, "Start-SecondaryServer starts it.");

    private ZoneStatus? Status(ManagedZone zone) => Store.Status.Zones([zone.Id]).GetValueOrDefault(zone.Id);

    /// <summary>A new version is served once it is kept, a moment after the check; what is made of it by signing has serials of its own.</summary>
    private bool IsDone(ManagedZone zone, ZoneStatus? status, DateTimeOffset since) =>
        status?.LastCheck >= since && status.State is not (ZoneState.Probing or ZoneState.Transferring or ZoneState.Checking)
        && (status.PublishedSerial == status.PrimarySerial || Store.ZoneSignings.Find(zone.Id) is not null);
}
