using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Removes primaries. One that zones are transferred from stays: the error names them.</summary>
/// <example>
/// <code>Remove-PrimaryNameServer ns-backup</code>
/// Removes a primary that no zone is transferred from.
/// </example>
[Cmdlet(VerbsCommon.Remove, "PrimaryNameServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemovePrimaryNameServerCommand : PrimaryNameServersCmdlet
{
    private protected override void Process(PrimaryNameServer primary)
    {
        var setting = Store.CommonSettings.Find(primary.CommonSettingId)!;
        if (ShouldProcess($"Primary name server '{primary.Name}' ({primary.EndPoint}), {Describe(setting)}", "Remove"))
        {
            Enqueue(primary.Name, () => Store.Primaries.Remove(primary.Name));
        }
    }
}
