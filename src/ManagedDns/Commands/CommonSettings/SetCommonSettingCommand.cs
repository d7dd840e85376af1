using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Changes a common setting's name, comment or checks, or makes it the default. Its zones follow at once; -WhatIf names them.</summary>
/// <example>
/// <code>Set-CommonSetting customers -Default</code>
/// Makes it the one that zones get which name none.
/// </example>
/// <example>
/// <code>Set-CommonSetting Default -RecordLossCheck Warn -WhatIf</code>
/// Names the zones whose checks would change.
/// </example>
[Cmdlet(VerbsCommon.Set, "CommonSetting", SupportsShouldProcess = true)]
[OutputType(typeof(CommonSettingInfo))]
public sealed class SetCommonSettingCommand : CommonSettingChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string Name { get; set; } = "";

    [Parameter]
    public string? NewName { get; set; }

    /// <summary>Makes it the one that zones get which name none. Zones that have one keep it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Default { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Comment { get; set; } = "";

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var (name, newName, changes) = (Name, NewName, Changes());
        var comment = IsBound(nameof(Comment)) ? Comment : null;
        bool? isDefault = IsBound(nameof(Default)) ? Default : null;
        CommonSetting Change(CommonSetting current) => changes(current) with
        {
            Name = newName ?? current.Name,
            Comment = comment ?? current.Comment,
            IsDefault = isDefault ?? current.IsDefault,
        };

        var old = Store.CommonSettings.Get(name);
        if (ShouldProcess($"Common setting '{old.Name}' of {Tell(View.ZonesOf(old.Id))}", "Set"))
        {
            Enqueue(
                name,
                () => Store.CommonSettings.Update(name, Change),
                PassThru ? view => view.Show(Store.CommonSettings.Get(newName ?? name)) : null);
        }
    }
}
