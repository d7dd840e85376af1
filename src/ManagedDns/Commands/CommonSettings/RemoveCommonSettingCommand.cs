using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes common settings with their primaries, transfer ACLs and NOTIFY targets. One that zones use stays: the error names them.</summary>
/// <example>
/// <code>Remove-CommonSetting customers</code>
/// Removes a common setting that no zone uses, with its primaries.
/// </example>
[Cmdlet(VerbsCommon.Remove, "CommonSetting", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCommonSettingCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () =>
            {
                if (ShouldProcess($"Common setting '{Store.CommonSettings.Get(name).Name}'", "Remove"))
                {
                    Enqueue(name, () => Store.CommonSettings.Remove(name));
                }
            });
        }
    }
}
