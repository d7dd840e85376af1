using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows primaries in the order in which they are tried.</summary>
/// <example>
/// <code>Get-PrimaryNameServer ns-*</code>
/// Shows the primaries whose names begin so, in the order in which they are tried.
/// </example>
[Cmdlet(VerbsCommon.Get, "PrimaryNameServer")]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class GetPrimaryNameServerCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only those of these common settings.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    protected override void ProcessItem()
    {
        var settings = CommonSettingsMatching(CommonSetting).Select(setting => setting.Id).ToHashSet();
        WriteMatching(
            Name,
            Store.Primaries.All().Where(primary => settings.Contains(primary.CommonSettingId)),
            primary => primary.Name,
            Store.Primaries.Get,
            primary => View.Show(primary));
    }
}
