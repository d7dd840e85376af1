using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Shows what belongs to common settings.</summary>
public abstract class GetCommonSettingPartCmdlet : ManagedDnsCmdlet
{
    /// <summary>Only what belongs to these common settings.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    protected sealed override void ProcessItem()
    {
        foreach (var setting in CommonSettingsMatching(CommonSetting))
        {
            WriteObject(Of(setting), enumerateCollection: true);
        }
    }

    private protected abstract IEnumerable<object> Of(CommonSetting setting);
}
