using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Changes a zone's settings: with -CommonSetting another one is applied.</summary>
[Cmdlet(VerbsCommon.Set, "ManagedZone", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedZoneInfo))]
public sealed class SetManagedZoneCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter HiddenPrimary { get; set; }

    /// <summary>A master file that the zone comes from; an empty name stands for a transfer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? ZoneFile { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? Comment { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var old = Store.Zones.Get(Names.Parse(Name));
        var changed = old with
        {
            CommonSettingId = CommonSetting is null ? old.CommonSettingId : CommonSettingNamed(CommonSetting).Id,
            HiddenPrimary = IsBound(nameof(HiddenPrimary)) ? HiddenPrimary : old.HiddenPrimary,
            ZoneFile = IsBound(nameof(ZoneFile)) && ZoneFile != old.ZoneFile ? MasterFile(ZoneFile, old.Name) : old.ZoneFile,
            Comment = IsBound(nameof(Comment)) ? Comment ?? "" : old.Comment,
        };
        if (ShouldProcess($"Managed zone '{old.Name.ToDisplayString()}'{Applying(old.CommonSettingId, changed.CommonSettingId)}", "Set"))
        {
            Enqueue(
                Name,
                () => Store.Zones.Update(old.Name, current => changed with { ProxyEnabled = current.ProxyEnabled }),
                PassThru ? view => view.Show(Store.Zones.Get(old.Name)) : null);
        }
    }

    private string Applying(long old, long changed) => old == changed
        ? ""
        : $", common setting '{View.CommonSettingName(changed)}' instead of '{View.CommonSettingName(old)}'";
}
