using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Transfers a zone from its primaries, enabled or not, with the server's own code, and keeps nothing of it.</summary>
/// <example>
/// <code>Test-ZoneTransfer example.com ns-home</code>
/// Transfers the zone with the server's own code and keeps nothing.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "ZoneTransfer")]
[OutputType(typeof(ZoneTransferTestResult))]
[OutputType(typeof(bool))]
public sealed class TestZoneTransferCommand : ManagedDnsCmdlet
{
    private const int ProgressId = 1;

    /// <summary>The zone; it need not be a managed zone yet, and then those of the default common setting are tried.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>Only this primary; without it all of the zone's common setting.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string? PrimaryNameServer { get; set; }

    /// <summary>Only whether all transfers succeeded.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    protected override void ProcessItem()
    {
        var zone = Names.Parse(Zone);
        var primaries = Primaries(zone);
        var results = new List<ZoneTransferTestResult>();
        foreach (var primary in primaries)
        {
            var result = Transfer(zone, primary);
            results.Add(result);
            if (!Quiet)
            {
                WriteObject(result);
            }
        }

        if (Quiet)
        {
            WriteObject(results.TrueForAll(result => result.Success));
        }
    }

    private PrimaryNameServer[] Primaries(DomainName zone)
    {
        if (PrimaryNameServer is not null)
        {
            return [Store.Primaries.Get(PrimaryNameServer)];
        }

        var managed = Store.Zones.Find(zone);
        if (managed is not null && View.Settings.Catalogs.GetValueOrDefault(managed.Id) is { Role: CatalogRole.Producer })
        {
            throw new DnsFailureException(new Failure(
                FailureReason.NoPrimary, null, $"{zone.ToDisplayString()} is a catalog that is made here of the managed zones: it comes from no primary.",
                "Get-CatalogZone shows what it lists; give the name of a zone that is transferred."));
        }

        var setting = managed?.CommonSettingId ?? Store.CommonSettings.GetDefault().Id;
        PrimaryNameServer[] primaries = [.. View.Settings.Primaries.Where(primary => primary.CommonSettingId == setting).OrderBy(p => p.Priority).ThenBy(p => p.Id)];
        return primaries.Length > 0
            ? primaries
            : throw new DnsFailureException(new Failure(
                FailureReason.NoPrimary, null, $"The common setting '{View.CommonSettingName(setting)}' has no primary.", "New-PrimaryNameServer registers one."));
    }

    private ZoneTransferTestResult Transfer(DomainName zone, PrimaryNameServer primary)
    {
        var started = Stopwatch.GetTimestamp();
        if (OwnEndPoints.Check(primary.EndPoint, View.Settings.Server, RunningServer.Find(Store)) is { } ourselves)
        {
            return Show(zone, primary, null, ourselves, TimeSpan.Zero);
        }

        var progress = new TransferMeter();
        try
        {
            var summary = Await(
                cancellation => new DnsClient(TimeProvider.System).TransferAsync(
                    Remotes.Of(primary, View.Settings), zone, null, new NoSink(), View.Settings.CommonSettings[primary.CommonSettingId].Limits,
                    progress, cancellation),
                () => new ProgressRecord(ProgressId, $"Transferring {zone.ToDisplayString()} from {primary.Name}", progress.ToString()));
            return Show(zone, primary, summary, null, summary.Duration);
        }
        catch (DnsFailureException e)
        {
            return Show(zone, primary, null, e.Failure, Stopwatch.GetElapsedTime(started));
        }
    }

    private ZoneTransferTestResult Show(DomainName zone, PrimaryNameServer primary, TransferSummary? summary, Failure? failure, TimeSpan duration) =>
        new()
        {
            Zone = zone.ToDisplayString(),
            PrimaryNameServer = primary.Name,
            Address = primary.Address,
            Port = primary.Port,
            TsigKey = View.KeyName(primary.TsigKeyId),
            Success = failure is null,
            Serial = summary?.Serial,
            Records = summary?.Records ?? 0,
            Bytes = summary?.Bytes ?? 0,
            Duration = duration,
            Reason = failure?.Reason ?? FailureReason.None,
            ResponseCode = failure?.ResponseCode,
            ClockSkew = failure?.ClockSkew ?? summary?.ClockSkew,
            Message = failure?.Message,
            Remedy = failure?.Remedy,
        };

    private sealed class TransferMeter : IProgress<TransferProgress>
    {
        private long _records;
        private long _bytes;

        public void Report(TransferProgress value)
        {
            Interlocked.Exchange(ref _records, value.Records);
            Interlocked.Exchange(ref _bytes, value.Bytes);
        }

        public override string ToString() => $"{Interlocked.Read(ref _records):N0} records, {Interlocked.Read(ref _bytes) / 1_048_576.0:N1} MiB";
    }
}
