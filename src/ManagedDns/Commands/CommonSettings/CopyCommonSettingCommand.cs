using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Copies a common setting with its transfer ACLs, NOTIFY targets and primaries. The primaries' copies are disabled and named after the copy, because
/// a primary's name is unique.
/// </summary>
/// <example>
/// <code>Copy-CommonSetting Default customers-2</code>
/// Copies the default common setting; the copies of its primaries are disabled and end in -customers-2.
/// </example>
[Cmdlet(VerbsCommon.Copy, "CommonSetting", SupportsShouldProcess = true)]
[OutputType(typeof(CommonSettingInfo))]
public sealed class CopyCommonSettingCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The copy's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public string NewName { get; set; } = "";

    /// <summary>The copy's comment; without it the original's.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Comment { get; set; }

    protected override void ProcessItem()
    {
        var (name, newName, comment) = (Name, NewName, Comment);
        if (ShouldProcess($"Common setting '{Store.CommonSettings.Get(name).Name}' to '{newName}'", "Copy"))
        {
            Enqueue(name, () => Store.CommonSettings.Copy(name, newName, comment), view => view.Show(Store.CommonSettings.Get(newName)));
        }
    }
}
