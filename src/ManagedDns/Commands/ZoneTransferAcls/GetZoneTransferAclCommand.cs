using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows who may transfer zones from us.</summary>
[Cmdlet(VerbsCommon.Get, "ZoneTransferAcl")]
[OutputType(typeof(ZoneTransferAclInfo))]
public sealed class GetZoneTransferAclCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    protected override void ProcessItem()
    {
        foreach (var setting in CommonSettingsMatching(CommonSetting))
        {
            foreach (var acl in View.Settings.ZoneTransferAcls.Where(acl => acl.CommonSettingId == setting.Id))
            {
                WriteObject(View.Show(acl));
            }
        }
    }
}
