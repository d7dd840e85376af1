using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Shows the records in which two versions of a zone differ: by default the current version and the one before it. Get-ZoneVersion tells the serials.
/// </summary>
/// <example>
/// <code>Get-ZoneVersion example.com | Where-Object Added | Compare-ZoneVersion</code>
/// Shows the zone's last change, where an earlier version is kept.
/// </example>
/// <example>
/// <code>Get-ZoneVersion example.com -Rejected | Compare-ZoneVersion -Rejected</code>
/// Shows what the rejected version would change, where one was rejected.
/// </example>
[Cmdlet(VerbsData.Compare, "ZoneVersion", DefaultParameterSetName = SerialSet)]
[OutputType(typeof(ZoneVersionChangeInfo))]
public sealed class CompareZoneVersionCommand : ManagedDnsCmdlet
{
    private const string SerialSet = "Serial";
    private const string RejectedSet = "Rejected";

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "ZoneName")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Zone { get; set; } = "";

    /// <summary>The serial of the earlier version; without it the one before the later.</summary>
    [Parameter(Position = 1, ParameterSetName = SerialSet)]
    [Number(Least = 0, Most = uint.MaxValue)]
    public uint FromSerial { get; set; }

    /// <summary>The serial of the later version; without it the current one.</summary>
    [Parameter(Position = 2, ParameterSetName = SerialSet)]
    [Number(Least = 0, Most = uint.MaxValue)]
    public uint ToSerial { get; set; }

    /// <summary>Compares the current version with the one that a check rejected: what Approve-ZoneVersion would change.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RejectedSet)]
    public SwitchParameter Rejected { get; set; }

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Zone));
        var changes = Rejected
            ? ZoneHistory.ToRejected(StoreFolderPath, zone, Cancellation)
            : ZoneHistory.Between(
                StoreFolderPath, zone, IsBound(nameof(FromSerial)) ? FromSerial : null, IsBound(nameof(ToSerial)) ? ToSerial : null);
        var name = zone.Name.ToDisplayString();
        if (changes is null)
        {
            WriteInvalid(
                Rejected ? $"No version of {name} was rejected." : $"What led to that version of {name}, or from the other one to it, is not kept.",
                $"Get-ZoneVersion -Zone {name} shows which versions are.", zone.Name);
            return;
        }

        Write(name, RecordChange.Removed, changes.Deleted);
        Write(name, RecordChange.Added, changes.Added);
    }

    private void Write(string zone, RecordChange change, IEnumerable<ResourceRecord> records)
    {
        foreach (var record in records.OrderBy(record => record.Owner).ThenBy(record => record.Type))
        {
            WriteObject(new ZoneVersionChangeInfo
            {
                Zone = zone,
                Change = change,
                Owner = record.Owner.ToDisplayString(),
                Ttl = record.Ttl,
                Type = RecordTypeNames.Format(record.Type),
                Data = RdataText.Format(record.Type, record.Class, record.Rdata.Span),
            });
        }
    }
}
