using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Adds a zone. It comes from the primaries of its common setting once Enable-ZoneProxy has been called, or from a master file at once.
/// </summary>
/// <example>
/// <code>New-ManagedZone example.org</code>
/// Adds a zone with the default common setting; Enable-ZoneProxy has it transferred.
/// </example>
/// <example>
/// <code>New-ManagedZone example.org -CommonSetting customers -HiddenPrimary</code>
/// Adds a zone whose primary answers nobody but us.
/// </example>
/// <example>
/// <code>[pscustomobject]@{ Name = 'a.example' }, [pscustomobject]@{ Name = 'b.example' } | New-ManagedZone</code>
/// Adds zones from objects with a Name, as Import-Csv makes them.
/// </example>
[Cmdlet(VerbsCommon.New, "ManagedZone", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedZoneInfo))]
public sealed class NewManagedZoneCommand : ManagedZoneCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    [Alias("ZoneName", "Zone")]
    public string Name { get; set; } = "";

    /// <summary>Without it: the default one.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

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
