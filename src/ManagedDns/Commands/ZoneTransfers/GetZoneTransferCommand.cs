using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows the transfers of zones, in and out, newest first; one that goes on with what has come so far.</summary>
/// <example>
/// <code>Get-ZoneTransfer example.com -Direction In</code>
/// Shows the transfers of the zone from its primaries, newest first.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneTransfer")]
[OutputType(typeof(ZoneTransferInfo))]
public sealed class GetZoneTransferCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Zone { get; set; }

    [Parameter]
    public TransferDirection? Direction { get; set; }

    protected override void ProcessItem()
    {
        foreach (var pattern in Zone ?? ["*"])
        {
            Try(pattern, () =>
            {
                foreach (var zone in Matching(pattern))
                {
                    Write(zone);
                }
            });
        }
    }

    private IEnumerable<ManagedZone> Matching(string pattern)
    {
        var matches = Names.Matcher(pattern);
        return WildcardPattern.ContainsWildcardCharacters(pattern)
            ? View.Settings.Zones.Where(zone => matches(zone.Name.ToDisplayString()))
            : [Store.Zones.Get(Names.Parse(pattern))];
    }

    private void Write(ManagedZone zone)
    {
        if (Direction is null or TransferDirection.In && View.Coming(zone.Id) is { } coming)
        {
            WriteObject(new ZoneTransferInfo
            {
                Zone = zone.Name.ToDisplayString(),
                Direction = TransferDirection.In,
                Kind = coming.Kind,
                Peer = View.StatusOf(zone.Id)!.Primary!.ToString(),
                Started = coming.Started.UtcDateTime,
                Duration = DateTimeOffset.UtcNow - coming.Started,
                FromSerial = coming.Kind == TransferKind.Ixfr ? View.StatusOf(zone.Id)!.PrimarySerial : null,
                Records = coming.Records,
                Bytes = coming.Bytes,
                Running = true,
            });
        }

        foreach (var transfer in Store.Status.Transfers(zone.Id).Where(transfer => Direction is null || transfer.Direction == Direction))
        {
            WriteObject(new ZoneTransferInfo
            {
                Zone = zone.Name.ToDisplayString(),
                Direction = transfer.Direction,
                Kind = transfer.Kind,
                Peer = transfer.Peer.ToString(),
                TsigKey = transfer.TsigKeyName?.ToDisplayString() ?? "",
                Started = transfer.Started.UtcDateTime,
                Duration = transfer.Duration,
                FromSerial = transfer.FromSerial,
                ToSerial = transfer.ToSerial,
                Records = transfer.Records,
                Bytes = transfer.Bytes,
                Messages = transfer.Messages,
                Success = transfer.Failure is null,
                Reason = transfer.Failure?.Reason ?? FailureReason.None,
                Message = transfer.Failure?.Message,
                Remedy = transfer.Failure?.Remedy,
            });
        }
    }
}
