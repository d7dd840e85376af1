using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows the records of a zone as it is served.</summary>
/// <example>
/// <code>Get-ManagedZoneRecord example.com -Type A, AAAA</code>
/// Shows the addresses in the zone.
/// </example>
[Cmdlet(VerbsCommon.Get, "ManagedZoneRecord")]
[OutputType(typeof(ManagedZoneRecordInfo))]
public sealed class GetManagedZoneRecordCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Only records of these owners, as <c>www.example.com</c> or <c>*.example.com</c>; <c>@</c> stands for the apex.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string? Owner { get; set; }

    /// <summary>Only records of these types, as <c>MX</c> or <c>TYPE65280</c>.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RecordTypeCompleter))]
    public string[]? Type { get; set; }

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Name));
        var name = zone.Name.ToDisplayString();
        var types = Type?.Select(Names.ParseType).ToHashSet();
        var owner = Owner switch
        {
            null => null,
            "@" => name.Equals,
            _ => Names.Matcher(Owner),
        };
        ZoneRecords.Read(StoreFolderPath, zone, (in WireRecord record) =>
        {
            if (types is null || types.Contains(record.Type))
            {
                Write(name, record, owner);
            }
        }, Cancellation);
    }

    private void Write(string zone, in WireRecord record, Func<string, bool>? wanted)
    {
        var owner = DomainName.FromWire(record.Owner).ToDisplayString();
        if (wanted?.Invoke(owner) != false)
        {
            WriteObject(new ManagedZoneRecordInfo
            {
                Zone = zone,
                Owner = owner,
                Ttl = record.Ttl,
                Type = RecordTypeNames.Format(record.Type),
                Data = RdataText.Format(record.Type, record.Class, record.Rdata),
            });
        }
    }
}
