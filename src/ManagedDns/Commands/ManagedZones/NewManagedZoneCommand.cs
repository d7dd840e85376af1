using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Adds a zone. It comes from the primaries of its common setting once Enable-ZoneProxy has been called, or from a master file at once.</summary>
[Cmdlet(VerbsCommon.New, "ManagedZone", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedZoneInfo))]
public sealed class NewManagedZoneCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    public string Name { get; set; } = "";

    /// <summary>Without it: the default one.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    /// <summary>The primary answers nobody but us: the NS records list only managed name servers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter HiddenPrimary { get; set; }

    /// <summary>A master file that the zone comes from instead of a transfer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? ZoneFile { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? Comment { get; set; }

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var setting = CommonSettingNamed(CommonSetting);
        var (hidden, comment) = ((bool)HiddenPrimary, Comment ?? "");
        var file = MasterFile(ZoneFile, name);
        if (ShouldProcess($"Managed zone '{name.ToDisplayString()}', common setting '{setting.Name}'", "New"))
        {
            Enqueue(Name, () => Store.Zones.Add(name, setting.Id, hidden, file, comment), view => view.Show(Store.Zones.Get(name)));
        }
    }
}
