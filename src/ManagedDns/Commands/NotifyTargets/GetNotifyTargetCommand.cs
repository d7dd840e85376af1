using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows whom we tell of new versions.</summary>
/// <example>
/// <code>Get-NotifyTarget Default</code>
/// Shows whom we tell of new versions of the zones of that common setting.
/// </example>
[Cmdlet(VerbsCommon.Get, "NotifyTarget")]
[OutputType(typeof(NotifyTargetInfo))]
public sealed class GetNotifyTargetCommand : GetCommonSettingPartCmdlet
{
    private protected override IEnumerable<object> Of(CommonSetting setting) =>
        View.Settings.NotifyTargets.Where(part => part.CommonSettingId == setting.Id).Select(View.Show);
}
