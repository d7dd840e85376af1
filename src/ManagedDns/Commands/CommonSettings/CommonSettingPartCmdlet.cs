using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>A change of one common setting's zone transfer ACL or NOTIFY targets.</summary>
public abstract class CommonSettingPartCmdlet : ChangeCmdlet
{
    /// <summary>The common setting; without it the default one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }
}
