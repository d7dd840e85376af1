using System.Management.Automation;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Makes a common setting: a named set of primaries, transfer ACLs and NOTIFY targets that zones share.</summary>
/// <example>
/// <code>New-CommonSetting partners -Comment 'Zones of our partners'</code>
/// Makes a common setting without primaries.
/// </example>
[Cmdlet(VerbsCommon.New, "CommonSetting", SupportsShouldProcess = true)]
[OutputType(typeof(CommonSettingInfo))]
public sealed class NewCommonSettingCommand : CommonSettingChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    public string Name { get; set; } = "";

    /// <summary>Makes it the one that zones get which name none.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Comment { get; set; } = "";

    protected override void ProcessItem()
    {
        var (name, comment, changes) = (Name, Comment, Changes());
        if (ShouldProcess($"Common setting '{name}'", "New"))
        {
            Enqueue(
                name,
                () => Store.Together(() =>
                {
                    Store.CommonSettings.Add(name, comment, Default);
                    Store.CommonSettings.Update(name, changes);
                }),
                view => view.Show(Store.CommonSettings.Get(name)));
        }
    }
}
