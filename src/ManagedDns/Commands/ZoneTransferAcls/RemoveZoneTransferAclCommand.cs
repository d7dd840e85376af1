using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Takes back a permission to transfer. With no key given, the rule is removed whatever its key.</summary>
/// <example>
/// <code>Remove-ZoneTransferAcl 198.51.100.0/24</code>
/// Takes the permission back.
/// </example>
[Cmdlet(VerbsCommon.Remove, "ZoneTransferAcl", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveZoneTransferAclCommand : CommonSettingPartCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ZoneTransferAclCompleter))]
    public string Network { get; set; } = "";

    /// <summary>Only the rule with this key; an empty name stands for the rule without one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? TsigKey { get; set; }

    protected override void ProcessItem()
    {
        var network = Names.ParseNetwork(Network);
        var setting = CommonSettingNamed(CommonSetting);
        var key = KeyId(TsigKey);
        var rules = Store.ZoneTransferAcls.All()
            .Where(acl => acl.CommonSettingId == setting.Id && acl.Network == network && (TsigKey is null || acl.TsigKeyId == key)).ToArray();
        if (rules.Length == 0)
        {
            throw Names.Unknown(
                Network,
                $"The common setting '{setting.Name}' has no zone transfer ACL for {network}{(TsigKey is null ? "" : $" with key '{TsigKey}'")}.",
                "Get-ZoneTransferAcl lists those that exist; Add-ZoneTransferAcl makes one.");
        }

        foreach (var rule in rules)
        {
            if (ShouldProcess($"{View.Show(rule)}, {Describe(setting)}", "Remove permission to transfer"))
            {
                Enqueue(Network, () => Store.ZoneTransferAcls.Remove(rule.Id));
            }
        }
    }
}
