using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Stops telling a server of new versions. With no port given, the target is removed whatever its port.</summary>
/// <example>
/// <code>Remove-NotifyTarget 198.51.100.53</code>
/// Stops telling that server of new versions.
/// </example>
[Cmdlet(VerbsCommon.Remove, "NotifyTarget", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveNotifyTargetCommand : CommonSettingPartCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Address]
    [ArgumentCompleter(typeof(NotifyTargetCompleter))]
    public IPAddress Address { get; set; } = IPAddress.None;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int Port { get; set; }

    protected override void ProcessItem()
    {
        int? port = IsBound(nameof(Port)) ? Port : null;
        var setting = CommonSettingNamed(CommonSetting);
        var targets = Store.NotifyTargets.All()
            .Where(target => target.CommonSettingId == setting.Id && target.Address.Equals(Address) && (port is null || target.Port == port)).ToArray();
        if (targets.Length == 0)
        {
            throw Names.Unknown(
                Address.ToString(),
                $"The common setting '{setting.Name}' has no NOTIFY target {Address}{(port is null ? "" : $" port {port}")}.",
                "Get-NotifyTarget lists those that exist; Add-NotifyTarget makes one.");
        }

        foreach (var target in targets)
        {
            if (ShouldProcess($"{View.Show(target)}, {Describe(setting)}", "Remove NOTIFY target"))
            {
                Enqueue(target.EndPoint, () => Store.NotifyTargets.Remove(target.Id));
            }
        }
    }
}
