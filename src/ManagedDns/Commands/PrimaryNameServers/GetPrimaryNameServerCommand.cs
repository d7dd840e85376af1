using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows primaries in the order in which they are tried.</summary>
/// <example>
/// <code>Get-PrimaryNameServer ns-*</code>
/// Shows the primaries whose names begin so, in the order in which they are tried.
/// </example>
/// <example>
/// <code>Get-CommonSetting customers | Get-PrimaryNameServer</code>
/// Shows the primaries of a common setting.
/// </example>
[Cmdlet(VerbsCommon.Get, "PrimaryNameServer", DefaultParameterSetName = NameSet)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class GetPrimaryNameServerCommand : ManagedDnsCmdlet
{
    private const string NameSet = "Name";
    private const string InputSet = "CommonSetting";

    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only those of these common settings.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    /// <summary>What Get-CommonSetting has written: the primaries that belong to it.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public CommonSettingInfo? InputObject { get; set; }

    protected override void ProcessItem()
    {
        var settings = CommonSettingsMatching(InputObject is null ? CommonSetting : [InputObject.Name]).Select(setting => setting.Id).ToHashSet();
        WriteMatching(
            Name,
            Store.Primaries.All().Where(primary => settings.Contains(primary.CommonSettingId)),
            primary => primary.Name,
            name =>
            {
                var primary = Store.Primaries.Get(name);
                RequireAmong(settings, primary.CommonSettingId, name);
                return primary;
            },
            primary => View.Show(primary));
    }
}
