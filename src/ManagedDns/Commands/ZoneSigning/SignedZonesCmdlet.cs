using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Shows something of the signed zones that were given by name or wildcards; of all without either.</summary>
public abstract class SignedZonesCmdlet : NamedZonesCmdlet
{
    /// <summary>Shows it of one zone.</summary>
    private protected abstract void Show(ManagedZone zone);

    protected override void ProcessItem()
    {
        foreach (var pattern in Name ?? ["*"])
        {
            if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                Show(Store.Zones.Get(Names.Parse(pattern)));
                continue;
            }

            var matches = Names.Matcher(pattern);
            foreach (var zone in View.Settings.Zones.Where(zone => View.Settings.ZoneSignings.ContainsKey(zone.Id) && matches(zone.Name.ToDisplayString())))
            {
                Show(zone);
            }
        }
    }
}
