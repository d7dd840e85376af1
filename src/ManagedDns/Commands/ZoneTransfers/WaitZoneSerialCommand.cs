using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Waits until the running server answers for a zone, over the network, with a serial or a newer one. Get-ZoneProxy and Get-ZoneTransfer tell of it
/// then.
/// </summary>
/// <example>
/// <code>Wait-ZoneSerial example.com -Serial 1 -Timeout 30</code>
/// Waits until the zone is served with serial 1 or a newer one.
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "ZoneSerial")]
[OutputType(typeof(ZoneProxyInfo))]
public sealed class WaitZoneSerialCommand : ManagedDnsCmdlet
{
    private const int ProgressId = 3;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>A server whose disk is full serves what it cannot tell of.</summary>
    private static readonly TimeSpan s_telling = TimeSpan.FromSeconds(5);

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>The serial to wait for; without it any will do.</summary>
    [Parameter(Position = 1)]
    [Number(Least = 0, Most = uint.MaxValue, AllowsNull = true)]
    public uint? Serial { get; set; }

    /// <summary>Seconds to wait.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    [Number]
    public int Timeout { get; set; } = 60;

    /// <summary>Writes how the zone stands then to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Zone));
        var started = Stopwatch.GetTimestamp();
        var seen = Ask(zone);
        while (!IsReached(seen))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(Timeout))
            {
                WriteError(TimedOut(zone, seen));
                return;
            }

            ShowProgress(zone, seen);
            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
            seen = Ask(zone);
        }

        AwaitRow(zone, seen!.Value);
        WriteProgress(new ProgressRecord(ProgressId, "Waiting", "Done") { RecordType = ProgressRecordType.Completed });
        if (PassThru)
        {
            Refresh();
            WriteObject(View.ShowProxy(zone));
        }
    }

    private bool IsReached(uint? seen) => seen is { } serial && (Serial is not { } wanted || IsAtLeast(serial, wanted));

    /// <summary>What is served is told in the store a moment later: who looks there next must find it.</summary>
    private void AwaitRow(ManagedZone zone, uint serial)
    {
        var started = Stopwatch.GetTimestamp();
        while (Status(zone)?.PublishedSerial is not { } told || !IsAtLeast(told, serial))
        {
            if (Stopwatch.GetElapsedTime(started) > s_telling || RunningServer.Find(Store) is null)
            {
                return;
            }

            Cancellation.WaitHandle.WaitOne(s_look / 10);
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    private static bool IsAtLeast(uint serial, uint wanted) => serial == wanted || Dns.Serial.FromUInt32(serial).IsNewerThan(wanted);

    private ZoneStatus? Status(ManagedZone zone) => Store.Status.Zones([zone.Id]).GetValueOrDefault(zone.Id);

    private uint? Ask(ManagedZone zone)
    {
        if (OwnAnswers.Remote(RunningServer.Find(Store)) is not { } server)
        {
            return null;
        }

        try
        {
            return Await(cancellation => OwnAnswers.SoaAsync(server, zone.Name, cancellation)).Serial;
        }
        catch (DnsFailureException)
        {
            // Not served yet: that is what is waited for.
            return null;
        }
    }

    private void ShowProgress(ManagedZone zone, uint? seen)
    {
        var activity = $"Waiting for {(Serial is null ? "" : $"serial {Serial} of ")}{zone.Name.ToDisplayString()}";
        var served = seen is null ? "No answer yet" : $"Serial {seen}";
        var coming = RunningServer.Find(Store) is null ? null : Status(zone)?.Transfer;
        WriteProgress(new ProgressRecord(ProgressId, activity, coming is null ? served : $"{served}; {NextStep.Coming(coming)}"));
    }

    private ErrorRecord TimedOut(ManagedZone zone, uint? seen)
    {
        var name = zone.Name.ToDisplayString();
        var instead = seen is null ? "nothing is served for it" : $"serial {seen} is served";
        return Errors.Record(
            new TimeoutException(), "WaitTimeout", ErrorCategory.OperationTimeout, name,
            $"After {Timeout} {(Timeout == 1 ? "second" : "seconds")} {(Serial is null ? "" : $"serial {Serial} of ")}'{name}' is not there: {instead}.",
            RunningServer.Find(Store) is null ? "Start-SecondaryServer starts the server." : $"Test-ZoneProxy -Name {name} shows what is wrong.");
    }
}
