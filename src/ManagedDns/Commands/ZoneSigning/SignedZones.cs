using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>The signed zones that a cmdlet was given by name or wildcards; all without either.</summary>
internal static class SignedZones
{
    public static IEnumerable<ManagedZone> Matching(SettingsView view, string[]? patterns, Func<string, ManagedZone> get)
    {
        return (patterns ?? ["*"]).SelectMany(pattern => WildcardPattern.ContainsWildcardCharacters(pattern)
            ? view.Settings.Zones.Where(zone => view.Settings.ZoneSignings.ContainsKey(zone.Id) && Names.Matcher(pattern)(zone.Name.ToDisplayString()))
            : [get(pattern)]);
    }
}
