using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Shows the zones this service knows.</summary>
/// <example>
/// <code>Get-ManagedZone *.com</code>
/// Shows the zones under com.
/// </example>
/// <example>
/// <code>Get-CommonSetting Default | Get-ManagedZone</code>
/// Shows the zones of the default common setting.
/// </example>
[Cmdlet(VerbsCommon.Get, "ManagedZone", DefaultParameterSetName = NameSet)]
[OutputType(typeof(ManagedZoneInfo))]
public sealed class GetManagedZoneCommand : ManagedDnsCmdlet
{
    private const string NameSet = "Name";
    private const string InputSet = "CommonSetting";

    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = NameSet)]
    [Alias("ZoneName", "Zone")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only those with one of these common settings.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string[]? CommonSetting { get; set; }

    /// <summary>What Get-CommonSetting has written: the zones it is applied to.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    public CommonSettingInfo? InputObject { get; set; }

    protected override void ProcessItem()
    {
        var settings = CommonSettingsMatching(InputObject is null ? CommonSetting : [InputObject.Name]).Select(setting => setting.Id).ToHashSet();
        WriteMatching(
            Name,
            View.Settings.Zones.Where(zone => settings.Contains(zone.CommonSettingId)),
            zone => zone.Name.ToDisplayString(),
            name =>
            {
                var zone = Store.Zones.Get(Names.Parse(name));
                RequireAmong(settings, zone.CommonSettingId, name);
                return zone;
            },
            View.Show);
    }
}
