using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows common settings and to how many zones each is applied.</summary>
/// <example>
/// <code>Get-CommonSetting</code>
/// Shows all common settings.
/// </example>
/// <example>
/// <code>Get-CommonSetting -Default</code>
/// Shows the one that zones get which name none.
/// </example>
/// <example>
/// <code>Get-CommonSetting Default | Get-ManagedZone</code>
/// Shows the zones that it is applied to.
/// </example>
[Cmdlet(VerbsCommon.Get, "CommonSetting", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CommonSettingInfo))]
public sealed class GetCommonSettingCommand : ManagedDnsCmdlet
{
    private const string NameSet = "Name";
    private const string DefaultSet = "Default";

    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = NameSet)]
    [Alias("CommonSetting")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The one that zones get which name none.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DefaultSet)]
    public SwitchParameter Default { get; set; }

    protected override void ProcessItem()
    {
        if (Default)
        {
            WriteObject(View.Show(Store.CommonSettings.GetDefault()));
            return;
        }

        WriteMatching(
            Name, Store.CommonSettings.All(), setting => setting.Name, Store.CommonSettings.Get, (CommonSetting setting) => View.Show(setting));
    }
}
