using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows whom we tell of new versions.</summary>
[Cmdlet(VerbsCommon.Get, "NotifyTarget")]
[OutputType(typeof(NotifyTargetInfo))]
public sealed class GetNotifyTargetCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    protected override void ProcessItem()
    {
        foreach (var setting in CommonSettingsMatching(CommonSetting))
        {
            foreach (var target in View.Settings.NotifyTargets.Where(target => target.CommonSettingId == setting.Id))
            {
                WriteObject(View.Show(target));
            }
        }
    }
}
