using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Changes a zone's settings: with -CommonSetting another one is applied.</summary>
/// <example>
/// <code>Set-ManagedZone example.com -CommonSetting customers -WhatIf</code>
/// Shows what applying another common setting would change.
/// </example>
[Cmdlet(VerbsCommon.Set, "ManagedZone", SupportsShouldProcess = true)]
[OutputType(typeof(ManagedZoneInfo))]
public sealed class SetManagedZoneCommand : ManagedZoneCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    /// <summary>
    /// The catalog of another server that may take the zone over: the catalogs made here say so (property coo, RFC 9432). An empty name: none.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? NewCatalog { get; set; }

    /// <summary>Writes the changed zone to the pipeline.</summary>
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
            NewCatalog = !IsBound(nameof(NewCatalog)) ? old.NewCatalog : string.IsNullOrEmpty(NewCatalog) ? null : Names.Parse(NewCatalog),
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
