using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows who may transfer zones from us.</summary>
/// <example>
/// <code>Get-ZoneTransferAcl</code>
/// Shows who may transfer zones from us.
/// </example>
[Cmdlet(VerbsCommon.Get, "ZoneTransferAcl")]
[OutputType(typeof(ZoneTransferAclInfo))]
public sealed class GetZoneTransferAclCommand : GetCommonSettingPartCmdlet
{
    private protected override IEnumerable<object> Of(CommonSetting setting) =>
        View.Settings.ZoneTransferAcls.Where(part => part.CommonSettingId == setting.Id).Select(View.Show);
}
